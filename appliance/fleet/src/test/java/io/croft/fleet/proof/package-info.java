@NullMarked
package io.croft.fleet.proof;

import org.jspecify.annotations.NullMarked;
