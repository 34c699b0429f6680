/// The software of a host, as its agent sees to it: scripts, what they run with, and a record of
/// what was begun.
@NullMarked
package io.croft.fleet.agent.component;

import org.jspecify.annotations.NullMarked;
