/// The way of requests from the gateway to an engine.
@NullMarked
package io.croft.engine.proxy;

import org.jspecify.annotations.NullMarked;
