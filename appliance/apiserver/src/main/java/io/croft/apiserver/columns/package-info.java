/// What tables of the built-in kinds show, as kubectl's users know it.
@NullMarked
package io.croft.apiserver.columns;

import org.jspecify.annotations.NullMarked;
