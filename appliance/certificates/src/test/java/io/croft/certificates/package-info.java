@NullMarked
package io.croft.certificates;

import org.jspecify.annotations.NullMarked;
