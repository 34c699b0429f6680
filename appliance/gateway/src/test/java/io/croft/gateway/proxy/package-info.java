@NullMarked
package io.croft.gateway.proxy;

import org.jspecify.annotations.NullMarked;
