@NullMarked
package io.croft.apiserver.admission;

import org.jspecify.annotations.NullMarked;
