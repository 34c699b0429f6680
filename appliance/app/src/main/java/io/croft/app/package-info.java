/// The appliance put together, and its command line.
@NullMarked
package io.croft.app;

import org.jspecify.annotations.NullMarked;
