@NullMarked
package io.croft.apiserver.cel;

import org.jspecify.annotations.NullMarked;
