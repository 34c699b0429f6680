/// One connection that a host opens, over which the appliance asks it things: how hosts behind
/// firewalls are reached.
@NullMarked
package io.croft.fleet.tunnel;

import org.jspecify.annotations.NullMarked;
