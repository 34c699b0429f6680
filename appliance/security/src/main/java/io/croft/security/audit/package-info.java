/// The audit policy of `audit.k8s.io/v1`, read from a file.
@NullMarked
package io.croft.security.audit;

import org.jspecify.annotations.NullMarked;
