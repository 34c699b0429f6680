package io.croft.certificates.signing;

import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;
import java.time.Duration;

/// How issuers of one type work. Implementations are thread-safe.
public interface Signer {
  /// The key in an issuer's spec that configures this type.
  String type();

  /// Whether an issuer can sign. May note in its status what it has learnt.
  ///
  /// @param secrets the namespace of the Secrets that the issuer names
  Readiness check(ApiObject issuer, String secrets);

  /// Whether it signs without anybody else being told, so that what was signed is as if it had
  /// never been when nobody is given it.
  default boolean local() {
    return false;
  }

  /// Signs, or says why not.
  Outcome sign(Order order);

  /// Something to sign.
  ///
  /// @param request whose it is: a `CertificateRequest`, or another object with such a spec
  /// @param secrets the namespace of the Secrets that the issuer names
  record Order(ApiObject request, RequestSpec spec, ApiObject issuer, String secrets) {
    IssuerRef issuerRef() {
      return spec.issuerRef();
    }
  }

  /// Whether an issuer can sign.
  ///
  /// @param reason one word
  /// @param message for people; says what to do when it cannot
  /// @param lookAgain when it may be otherwise although nothing here has changed; zero for never
  record Readiness(boolean ready, String reason, String message, Duration lookAgain) {
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

    Readiness(boolean ready, String reason, String message) {
      this(ready, reason, message, ready ? Duration.ZERO : LOOK_AGAIN);
    }
  }

  /// What came of it.
  sealed interface Outcome {
    /// @param certificate the leaf and its intermediates, in PEM
    /// @param ca the highest certificate known, in PEM; may be empty
    record Issued(String certificate, String ca) implements Outcome {}

    /// Not yet; tried again when something changes, or after a while.
    record Pending(String reason, String message) implements Outcome {}

    /// Never for this request.
    record Failed(String reason, String message) implements Outcome {}
  }
}
