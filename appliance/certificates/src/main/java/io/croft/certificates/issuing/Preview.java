package io.croft.certificates.issuing;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.model.ApiObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// What would come of a certificate if it were written now.
///
/// @param why it would be issued, in words; empty when what there is of it stays
/// @param expires when that ends, or what would be issued if its issuer gives the life that is
///   asked for
/// @param renewal empty for never
public record Preview(Optional<String> why, Instant expires, Optional<Instant> renewal) {
  /// @param secret that it names
  /// @param request of its current revision, see [#requestName]
  public static Preview of(
      ApiObject certificate, Optional<ApiObject> secret, Optional<ApiObject> request, Instant now) {
    CertificateSpec spec = CertificateSpec.of(certificate);
    KeyPairState pair = KeyPairState.of(secret);
    var inspection = new Inspection(certificate, spec, secret, pair, request, now);
    Optional<String> why =
        Conditions.find(certificate, Conditions.ISSUING)
            .filter(Conditions.Condition::isTrue)
            .map(c -> "is being issued")
            .or(() -> inspection.due().map(Finding::message));
    if (why.isEmpty() && pair instanceof KeyPairState.Complete complete) {
      Instant end = complete.leaf().getNotAfter().toInstant();
      return new Preview(why, end, inspection.renewalTime());
    }
    Instant begin = now.truncatedTo(ChronoUnit.SECONDS);
    Instant end = begin.plus(spec.duration());
    return new Preview(why, end, Renewal.of(spec).time(begin, end));
  }

  /// The name of the request that the certificate was issued by last; empty when there is none.
  public static Optional<String> requestName(ApiObject certificate) {
    int revision = Requests.revision(certificate);
    return revision == 0 ? Optional.empty() : Optional.of(Requests.name(certificate, revision));
  }
}
