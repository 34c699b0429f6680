@NullMarked
package io.croft.fleet.component;

import org.jspecify.annotations.NullMarked;
