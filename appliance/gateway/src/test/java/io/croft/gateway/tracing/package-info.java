@NullMarked
package io.croft.gateway.tracing;

import org.jspecify.annotations.NullMarked;
