@NullMarked
package io.croft.gateway.resources;

import org.jspecify.annotations.NullMarked;
