/// Which request goes where: the table of routes, and what each asks for and does.
@NullMarked
package io.croft.gateway.routing;

import org.jspecify.annotations.NullMarked;
