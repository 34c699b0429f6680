/// Certificates and requests with all that X.509 offers, for those who issue in the name of others.
@NullMarked
package io.croft.pki.x509;

import org.jspecify.annotations.NullMarked;
