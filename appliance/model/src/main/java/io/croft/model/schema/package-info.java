/// Structural schemas: what a kind's objects may look like.
@NullMarked
package io.croft.model.schema;

import org.jspecify.annotations.NullMarked;
