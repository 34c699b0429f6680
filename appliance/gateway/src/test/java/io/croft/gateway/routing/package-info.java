@NullMarked
package io.croft.gateway.routing;

import org.jspecify.annotations.NullMarked;
