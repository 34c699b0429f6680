@NullMarked
package io.croft.apiserver.apply;

import org.jspecify.annotations.NullMarked;
