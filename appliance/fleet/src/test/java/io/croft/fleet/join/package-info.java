@NullMarked
package io.croft.fleet.join;

import org.jspecify.annotations.NullMarked;
