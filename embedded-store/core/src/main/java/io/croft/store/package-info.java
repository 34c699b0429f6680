/// The embedded store: etcd's data model and promises as a library.
@NullMarked
package io.croft.store;

import org.jspecify.annotations.NullMarked;
