@NullMarked
package io.croft.fleet;

import org.jspecify.annotations.NullMarked;
