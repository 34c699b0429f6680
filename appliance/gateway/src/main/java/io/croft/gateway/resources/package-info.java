/// Makes routes of the objects that declare them, and tells these what has become of them.
@NullMarked
package io.croft.gateway.resources;

import org.jspecify.annotations.NullMarked;
