/// Programs that run as children of this process, and are kept running.
@NullMarked
package io.croft.engine.supervision;

import org.jspecify.annotations.NullMarked;
