/// What every component stands on: life cycle, settings, files. JDK only.
@NullMarked
package io.croft.base;

import org.jspecify.annotations.NullMarked;
