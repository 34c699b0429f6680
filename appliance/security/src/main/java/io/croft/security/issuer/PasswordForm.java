package io.croft.security.issuer;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.Query;
import io.croft.security.RequestRates;
import io.croft.security.identity.Login;
import io.croft.security.identity.Login.Outcome;
import java.util.function.BiConsumer;

/// What the pages have in common on which people log in. Thread-safe.
///
/// @param guard of their forms
record PasswordForm(Login login, FormGuard guard) {
  static final String REJECTED = "authentication.croft.io/rejected";
  static final String LOGIN = "authentication.croft.io/login";
  static final String WRONG =
      "That is not right, or there were too many attempts. Try again, later if need be.";
  static final String TOO_OLD = "The form is too old. Try again.";

  Outcome attempt(HttpRequest request, Query form, BiConsumer<String, String> annotations)
      throws InterruptedException {
    String name = Forms.text(form, "username").strip();
    Outcome outcome =
        login.login(name, Forms.text(form, "password"), Forms.text(form, "otp"), origin(request));
    switch (outcome) {
      case Outcome.Refused(String reason, boolean known) -> {
        // People type passwords into the wrong field, too.
        annotations.accept(LOGIN, known ? name : "(no such user)");
        annotations.accept(REJECTED, reason);
      }
      case Outcome.Unavailable(String reason) -> annotations.accept(REJECTED, reason);
      case Outcome.Busy() -> annotations.accept(REJECTED, "too many attempts at a time");
      case Outcome.LoggedIn loggedIn -> annotations.accept(LOGIN, loggedIn.user().name());
    }
    return outcome;
  }

  boolean isOurs(HttpRequest request, Query form) {
    return guard.accepts(request, Forms.text(form, "proof"));
  }

  static int status(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Busy() -> 429;
      case Outcome.Unavailable _ -> 503;
      case Outcome.LoggedIn _, Outcome.Refused _ -> 403;
    };
  }

  /// Whose failures count together.
  static String origin(HttpRequest request) {
    return origin(request.peer().address());
  }

  static String origin(String address) {
    String network = RequestRates.network(address);
    return network.isEmpty() ? address : network;
  }
}
