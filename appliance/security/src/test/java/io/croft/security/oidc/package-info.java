@NullMarked
package io.croft.security.oidc;

import org.jspecify.annotations.NullMarked;
