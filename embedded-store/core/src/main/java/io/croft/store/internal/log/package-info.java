/// The write-ahead log: what makes a write durable.
@NullMarked
package io.croft.store.internal.log;

import org.jspecify.annotations.NullMarked;
