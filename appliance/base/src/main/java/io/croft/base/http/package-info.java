/// The HTTP exchange as every room sees it, whatever carries it. JDK only.
@NullMarked
package io.croft.base.http;

import org.jspecify.annotations.NullMarked;
