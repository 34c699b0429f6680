/// What commands show while they work.
@NullMarked
package io.croft.app.terminal;

import org.jspecify.annotations.NullMarked;
