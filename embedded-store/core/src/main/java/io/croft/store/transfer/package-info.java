/// Moves keys and leases between stores, as JSON lines or change by change; works on any
/// [io.croft.store.Store].
@NullMarked
package io.croft.store.transfer;

import org.jspecify.annotations.NullMarked;
