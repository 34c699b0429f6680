/// Kubernetes objects as JSON trees, and the values that name and select them.
@NullMarked
package io.croft.model;

import org.jspecify.annotations.NullMarked;
