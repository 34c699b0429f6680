/// Passes requests on to the services behind routes, and their answers back.
@NullMarked
package io.croft.gateway.proxy;

import org.jspecify.annotations.NullMarked;
