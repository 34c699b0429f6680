@NullMarked
package io.croft.apiserver.flow;

import org.jspecify.annotations.NullMarked;
