/// The materialized state: maps in an MVStore file, and how to read and change them.
@NullMarked
package io.croft.store.internal.state;

import org.jspecify.annotations.NullMarked;
