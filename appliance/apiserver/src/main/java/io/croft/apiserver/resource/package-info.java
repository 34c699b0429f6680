/// What is served: resource types, what they can do, and the catalogue of all of them.
@NullMarked
package io.croft.apiserver.resource;

import org.jspecify.annotations.NullMarked;
