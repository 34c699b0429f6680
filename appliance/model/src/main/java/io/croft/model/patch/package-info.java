/// The three ways in which a client describes a change of an object.
@NullMarked
package io.croft.model.patch;

import org.jspecify.annotations.NullMarked;
