/// The appliance's one port.
@NullMarked
package io.croft.gateway;

import org.jspecify.annotations.NullMarked;
