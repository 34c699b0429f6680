package io.croft.security;

import io.croft.base.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;

/// Several ways to prove who one is: the first whose credentials are good counts, whatever the
/// others are.
public final class FirstAuthenticator implements Authenticator {
  private final List<Authenticator> authenticators;

  /// @param authenticators asked in this order
  public FirstAuthenticator(List<Authenticator> authenticators) {
    this.authenticators = List.copyOf(authenticators);
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    var reasons = new ArrayList<String>();
    boolean ours = false;
    for (Authenticator authenticator : authenticators) {
      switch (authenticator.authenticate(request)) {
        case Outcome.Authenticated good -> {
          return good;
        }
        case Outcome.Rejected(String reason, boolean meant) -> {
          reasons.add(reason);
          ours |= meant;
        }
        case Outcome.NoCredentials() -> {}
      }
    }
    return reasons.isEmpty()
        ? new Outcome.NoCredentials()
        : new Outcome.Rejected(String.join("; ", reasons), ours);
  }
}
