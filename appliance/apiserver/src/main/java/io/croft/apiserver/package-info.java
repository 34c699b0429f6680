/// The embedded Kubernetes API server.
@NullMarked
package io.croft.apiserver;

import org.jspecify.annotations.NullMarked;
