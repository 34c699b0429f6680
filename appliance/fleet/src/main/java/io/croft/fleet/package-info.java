/// Hosts that join the appliance: tokens, nodes, what runs on them.
@NullMarked
package io.croft.fleet;

import org.jspecify.annotations.NullMarked;
