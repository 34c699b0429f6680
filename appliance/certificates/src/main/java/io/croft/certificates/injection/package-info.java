/// Hands the certificates of authorities to those who must verify with them.
@NullMarked
package io.croft.certificates.injection;

import org.jspecify.annotations.NullMarked;
