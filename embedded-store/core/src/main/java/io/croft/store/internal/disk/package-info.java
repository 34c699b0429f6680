/// The one way to the disk, so that tests can put a disk with faults in its place.
@NullMarked
package io.croft.store.internal.disk;

import org.jspecify.annotations.NullMarked;
