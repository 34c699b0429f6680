@NullMarked
package io.croft.fleet.node;

import org.jspecify.annotations.NullMarked;
