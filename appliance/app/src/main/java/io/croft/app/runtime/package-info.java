/// The appliance as a whole: its components, their order, its log.
@NullMarked
package io.croft.app.runtime;

import org.jspecify.annotations.NullMarked;
