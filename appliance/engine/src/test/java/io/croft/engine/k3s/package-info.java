@NullMarked
package io.croft.engine.k3s;

import org.jspecify.annotations.NullMarked;
