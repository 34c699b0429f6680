@NullMarked
package io.croft.fleet.tunnel;

import org.jspecify.annotations.NullMarked;
