/// How many requests are worked on at a time, and whose turn it is.
@NullMarked
package io.croft.apiserver.flow;

import org.jspecify.annotations.NullMarked;
