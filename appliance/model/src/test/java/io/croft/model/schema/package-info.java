@NullMarked
package io.croft.model.schema;

import org.jspecify.annotations.NullMarked;
