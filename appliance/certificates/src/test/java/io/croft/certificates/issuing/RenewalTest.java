package io.croft.certificates.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When certificates are renewed, and when failures are tried again.
class RenewalTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static X509Certificate nineHours;

  @BeforeAll
  static void issue() throws Exception {
    var pair = new KeyKind(KeyKind.Algorithm.ED25519, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of("a"))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    nineHours =
        new Issuance(
                SigningRequest.create(pair, wish),
                BEGIN,
                Duration.ofHours(9),
                false,
                Set.of(),
                Issuance.Pointers.NONE)
            .selfSigned(pair);
  }

  @ParameterizedTest
  @Tag("CM-16")
  @CsvSource({"'',0,6h", "2h,0,7h", "9h,0,6h", "10h,0,6h", "'',10,8h6m", "10h,10,8h6m"})
  void renewsBeforeTheEndOfTheLifeThatWasGiven(String before, int percentage, String after) {
    var spec = Json.object();
    if (!before.isEmpty()) {
      spec.put("renewBefore", before);
    }
    if (percentage > 0) {
      spec.put("renewBeforePercentage", percentage);
    }
    Duration expected = io.croft.certificates.api.GoDuration.parse(after);
    assertThat(Renewal.of(new CertificateSpec(spec)).time(nineHours))
        .contains(BEGIN.plus(expected));
  }

  @Test
  @Tag("CM-16")
  void doesNotRenewWhereThatIsDisabled() {
    var spec = Json.object();
    spec.putObject("renewal").put("policy", "Disabled");
    assertThat(Renewal.of(new CertificateSpec(spec)).time(nineHours)).isEmpty();
  }

  @ParameterizedTest
  @Tag("CM-12")
  @CsvSource({"1,1", "2,2", "3,4", "6,32", "7,32", "100,32"})
  void waitsTwiceAsLongAfterEveryFailure(int failures, int hours) {
    ApiObject certificate = ApiObject.of(Json.object());
    for (int i = 0; i < failures; i++) {
      Backoff.failed(certificate, BEGIN);
    }
    var spec = new CertificateSpec(Json.object());
    assertThat(Backoff.wait(certificate, spec, Optional.empty(), BEGIN))
        .isEqualTo(Duration.ofHours(hours));
    Instant later = BEGIN.plus(Duration.ofHours(hours));
    assertThat(Backoff.wait(certificate, spec, Optional.empty(), later)).isZero();
    Backoff.forget(certificate);
    assertThat(Conditions.status(certificate)).isEmpty();
  }
}
