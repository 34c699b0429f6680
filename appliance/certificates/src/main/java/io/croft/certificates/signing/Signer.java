package io.croft.certificates.signing;

import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.RequestSpec;
import io.croft.model.ApiObject;

/// How issuers of one type work. Implementations are thread-safe.
public interface Signer {
  /// The key in an issuer's spec that configures this type.
  String type();

  /// Whether an issuer can sign.
  ///
  /// @param secrets the namespace of the Secrets that the issuer names
  Readiness check(ApiObject issuer, String secrets);

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
  record Readiness(boolean ready, String reason, String message) {}

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
