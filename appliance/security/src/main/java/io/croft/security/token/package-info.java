/// The tokens of service accounts: issued, verified, and taken as the credentials of a request.
@NullMarked
package io.croft.security.token;

import org.jspecify.annotations.NullMarked;
