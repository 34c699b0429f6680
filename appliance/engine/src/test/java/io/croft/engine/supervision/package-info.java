@NullMarked
package io.croft.engine.supervision;

import org.jspecify.annotations.NullMarked;
