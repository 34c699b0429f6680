/// The store that lives in this process and one directory.
@NullMarked
package io.croft.store.embedded;

import org.jspecify.annotations.NullMarked;
