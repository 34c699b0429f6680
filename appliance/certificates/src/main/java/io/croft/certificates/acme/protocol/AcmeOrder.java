package io.croft.certificates.acme.protocol;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An order as its server has it.
///
/// @param state `pending`, `ready`, `processing`, `valid` or `invalid`
/// @param authorizations their addresses
/// @param error why it is invalid; may be empty
/// @param retryAfter when to look again; null when the server has not said
public record AcmeOrder(
    String url,
    String state,
    String finalizeUrl,
    List<String> authorizations,
    String error,
    @Nullable Instant retryAfter) {
  public AcmeOrder {
    authorizations = List.copyOf(authorizations);
  }
}
