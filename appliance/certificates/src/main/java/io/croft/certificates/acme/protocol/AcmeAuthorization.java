package io.croft.certificates.acme.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The proof that one name is the account's, as the server has it.
///
/// @param identifier a DNS name without the asterisk, or an address
/// @param state `pending`, `valid`, `invalid`, `deactivated`, `expired` or `revoked`
/// @param retryAfter when to look again; null when the server has not said
public record AcmeAuthorization(
    String identifier,
    boolean wildcard,
    String state,
    List<Challenge> challenges,
    @Nullable Instant retryAfter) {
  public AcmeAuthorization {
    challenges = List.copyOf(challenges);
  }

  /// One of the ways to prove it.
  ///
  /// @param type such as `http-01`
  /// @param token empty for types that have none
  /// @param state `pending`, `processing`, `valid` or `invalid`
  /// @param error why it is invalid; may be empty
  public record Challenge(String url, String type, String token, String state, String error) {}

  public Optional<Challenge> challenge(String url) {
    return challenges.stream().filter(c -> c.url().equals(url)).findFirst();
  }
}
