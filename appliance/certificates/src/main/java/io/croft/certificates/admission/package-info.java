/// What is refused of cert-manager's objects before it is stored.
@NullMarked
package io.croft.certificates.admission;

import org.jspecify.annotations.NullMarked;
