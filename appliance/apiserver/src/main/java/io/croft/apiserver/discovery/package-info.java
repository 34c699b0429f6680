/// What is served, told to clients: discovery and OpenAPI.
@NullMarked
package io.croft.apiserver.discovery;

import org.jspecify.annotations.NullMarked;
