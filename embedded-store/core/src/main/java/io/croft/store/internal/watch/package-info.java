/// Watches: what feeds them, and how they catch up.
@NullMarked
package io.croft.store.internal.watch;

import org.jspecify.annotations.NullMarked;
