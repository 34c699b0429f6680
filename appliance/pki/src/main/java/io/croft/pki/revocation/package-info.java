/// What tells others which certificates were taken back: lists (RFC 5280) and answers (RFC 6960).
@NullMarked
package io.croft.pki.revocation;

import org.jspecify.annotations.NullMarked;
