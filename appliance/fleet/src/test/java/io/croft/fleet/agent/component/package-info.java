@NullMarked
package io.croft.fleet.agent.component;

import org.jspecify.annotations.NullMarked;
