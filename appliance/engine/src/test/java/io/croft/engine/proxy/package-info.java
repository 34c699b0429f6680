@NullMarked
package io.croft.engine.proxy;

import org.jspecify.annotations.NullMarked;
