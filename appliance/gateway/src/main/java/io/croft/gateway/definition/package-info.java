/// The definitions of the kinds that routes are declared by.
@NullMarked
package io.croft.gateway.definition;

import org.jspecify.annotations.NullMarked;
