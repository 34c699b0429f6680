/// Ways to solve challenges: a token under a well-known path, a record in DNS.
@NullMarked
package io.croft.certificates.acme.solving;

import org.jspecify.annotations.NullMarked;
