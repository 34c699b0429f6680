@NullMarked
package io.croft.fleet.agent;

import org.jspecify.annotations.NullMarked;
