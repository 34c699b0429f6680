@NullMarked
package io.croft.model.patch;

import org.jspecify.annotations.NullMarked;
