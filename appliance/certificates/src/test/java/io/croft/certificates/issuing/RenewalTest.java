package io.croft.certificates.issuing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.GoDuration;
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
    Duration expected = GoDuration.parse(after);
    assertThat(Renewal.of(new CertificateSpec(spec)).time(nineHours))
        .contains(BEGIN.plus(expected));
  }

  /// Wanted is 06:00, the end is 09:00; it is a Thursday.
  @ParameterizedTest
  @Tag("CM-16")
  @CsvSource({
    "0 5 * * *,2h,'',06:00,false",
    "0 5 * * *,1h,'',06:00,true",
    "0 5 * * *,61m,'',06:00,false",
    "30 7 * * *,1h,'',07:30,false",
    "0 16 * * thu,1h,Asia/Tokyo,07:00,false",
    "0 9 * * *,1h,'',06:00,true",
    "0 7 * * fri,1h,'',06:00,true"
  })
  void renewsWithinWindows(String cron, String length, String zone, String at, boolean missed) {
    var spec = Json.object();
    ObjectNode window = spec.putObject("renewal").putArray("windows").addObject();
    window.put("cron", cron).put("windowDuration", length);
    if (!zone.isEmpty()) {
      window.put("timezone", zone);
    }
    Renewal renewal = Renewal.of(new CertificateSpec(spec));
    assertThat(renewal.time(nineHours)).contains(Instant.parse("2026-01-01T" + at + ":00Z"));
    assertThat(renewal.windows().misses(renewal.time(nineHours).orElseThrow())).isEqualTo(missed);
  }

  /// As [SuggestedWindow] notes them; the certificate began at 00:00.
  @ParameterizedTest
  @Tag("CM-16")
  @CsvSource({
    "00:01,04:00,05:00,04:00,05:00", // within the window
    "00:01,00:00,00:10,01:00,01:00", // not before it is an hour old
    "00:01,04:00,03:00,04:00,04:00", // a window that ends before it begins
    "00:01,09:00,10:00,06:00,06:00", // when it would have ended
    "-,04:00,05:00,06:00,06:00" // noted of the certificate before
  })
  void followsTheServersAdvice(String asked, String start, String end, String from, String to) {
    ApiObject certificate = ApiObject.of(Json.object());
    ObjectNode noted = certificate.json().withObject("/status/acme/ari");
    noted.put("lastChecked", asked.equals("-") ? "2025-12-31T23:59:00Z" : at(asked));
    noted.putObject("suggestedWindow").put("start", at(start)).put("end", at(end));
    var spec = new CertificateSpec(Json.object());
    Instant time =
        SuggestedWindow.of(certificate, nineHours)
            .flatMap(w -> w.pick(nineHours))
            .or(() -> Renewal.of(spec).time(nineHours))
            .orElseThrow();
    assertThat(time).isBetween(Instant.parse(at(from)), Instant.parse(at(to)));
  }

  private static String at(String time) {
    return "2026-01-01T" + time + ":00Z";
  }

  @Test
  @Tag("CM-16")
  void takesTheFirstOfSeveralWindows() {
    var spec = Json.object();
    var windows = spec.putObject("renewal").putArray("windows");
    windows.addObject().put("cron", "0 8 * * *").put("windowDuration", "1h");
    windows.addObject().put("cron", "15 6 * * *").put("windowDuration", "1h");
    assertThat(Renewal.of(new CertificateSpec(spec)).time(nineHours))
        .contains(Instant.parse("2026-01-01T06:15:00Z"));
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
    assertThat(Backoff.wait(certificate, spec, Optional::empty, BEGIN))
        .isEqualTo(Duration.ofHours(hours));
    Instant later = BEGIN.plus(Duration.ofHours(hours));
    assertThat(Backoff.wait(certificate, spec, Optional::empty, later)).isZero();
    Backoff.forget(certificate);
    assertThat(Conditions.status(certificate)).isEmpty();
  }
}
