/// Offline bundles: all that a host without a network needs, in one file.
@NullMarked
package io.croft.app.bundle;

import org.jspecify.annotations.NullMarked;
