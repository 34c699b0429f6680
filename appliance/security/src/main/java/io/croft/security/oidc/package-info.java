/// ID tokens of external OpenID Connect issuers, by Kubernetes' `AuthenticationConfiguration`.
@NullMarked
package io.croft.security.oidc;

import org.jspecify.annotations.NullMarked;
