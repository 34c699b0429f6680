@NullMarked
package io.croft.model;

import org.jspecify.annotations.NullMarked;
