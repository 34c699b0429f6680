/// Issuers that have an ACME server sign: accounts, orders, challenges.
@NullMarked
package io.croft.certificates.acme;

import org.jspecify.annotations.NullMarked;
