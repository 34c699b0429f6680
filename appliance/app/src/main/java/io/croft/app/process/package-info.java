/// Finding, starting and stopping the appliance's process from outside of it.
@NullMarked
package io.croft.app.process;

import org.jspecify.annotations.NullMarked;
