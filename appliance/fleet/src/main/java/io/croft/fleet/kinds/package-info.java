/// The kinds of joined hosts.
@NullMarked
package io.croft.fleet.kinds;

import org.jspecify.annotations.NullMarked;
