/// The catalogue of permissions that roles are put together from.
@NullMarked
package io.croft.security.permissions;

import org.jspecify.annotations.NullMarked;
