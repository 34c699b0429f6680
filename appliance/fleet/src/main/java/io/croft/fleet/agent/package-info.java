/// What runs on a joined host.
@NullMarked
package io.croft.fleet.agent;

import org.jspecify.annotations.NullMarked;
