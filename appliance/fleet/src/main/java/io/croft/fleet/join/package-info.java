/// The appliance's side of joining: tokens, challenges, certificates of hosts.
@NullMarked
package io.croft.fleet.join;

import org.jspecify.annotations.NullMarked;
