/// k3s as the engine: finding it, preparing its files, running it, replacing it.
@NullMarked
package io.croft.engine.k3s;

import org.jspecify.annotations.NullMarked;
