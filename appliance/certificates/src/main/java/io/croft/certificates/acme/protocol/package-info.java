/// What ACME (RFC 8555) says on the wire. The only place that knows the client library.
@NullMarked
package io.croft.certificates.acme.protocol;

import org.jspecify.annotations.NullMarked;
