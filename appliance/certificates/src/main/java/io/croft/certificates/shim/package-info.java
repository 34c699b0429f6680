/// Certificates that are wished for by annotations on other objects.
@NullMarked
package io.croft.certificates.shim;

import org.jspecify.annotations.NullMarked;
