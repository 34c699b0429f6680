/// The built-in OpenID Connect issuer for local users.
@NullMarked
package io.croft.security.issuer;

import org.jspecify.annotations.NullMarked;
