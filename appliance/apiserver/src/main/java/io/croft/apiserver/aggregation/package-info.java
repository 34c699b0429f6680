/// APIs that other servers serve, reached through this one.
@NullMarked
package io.croft.apiserver.aggregation;

import org.jspecify.annotations.NullMarked;
