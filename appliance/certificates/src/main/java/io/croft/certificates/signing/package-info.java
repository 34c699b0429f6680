/// Issuers, and the certificate requests that they sign.
@NullMarked
package io.croft.certificates.signing;

import org.jspecify.annotations.NullMarked;
