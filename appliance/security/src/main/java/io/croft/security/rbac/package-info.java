/// Role-based access control: `rbac.authorization.k8s.io/v1`.
@NullMarked
package io.croft.security.rbac;

import org.jspecify.annotations.NullMarked;
