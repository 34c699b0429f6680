package io.croft.certificates.acme.protocol;

import java.time.Instant;
import java.util.Optional;

/// When a server would have a certificate renewed (RFC 9773).
///
/// @param explanation the address of a page about it; empty for none
/// @param askAgain when the advice may be another
public record RenewalAdvice(
    Instant start, Instant end, String explanation, Optional<Instant> askAgain) {}
