package io.croft.certificates.injection;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.pki.Pem;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which authorities stay in a `caBundle`.
@Tag("CM-36")
class CaBundleTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private static String authority(String name, int days) throws Exception {
    var pair = new KeyKind(KeyKind.Algorithm.ED25519, 256).generate();
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of(name))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    return Pem.encode(
        new Issuance(
                SigningRequest.create(pair, wish),
                BEGIN,
                Duration.ofDays(days),
                true,
                Set.of(),
                Issuance.Pointers.NONE)
            .selfSigned(pair));
  }

  @Test
  void keepsWhatHasNotExpiredAndNothingTwice() throws Exception {
    String soon = authority("soon", 10);
    String late = authority("late", 30);
    assertThat(CaBundle.merged(soon, late, BEGIN)).isEqualTo(soon + late);
    assertThat(CaBundle.merged(soon + late, late, BEGIN)).isEqualTo(soon + late);
    Instant later = BEGIN.plus(Duration.ofDays(11));
    assertThat(CaBundle.merged(soon + late, late, later)).isEqualTo(late);
    assertThat(CaBundle.merged("", soon, later)).as("better than none").isEqualTo(soon);
  }

  @Test
  void writesOverWhatCannotBeRead() throws Exception {
    String authority = authority("a", 10);
    assertThat(CaBundle.merged("\n", authority, BEGIN)).isEqualTo(authority);
    assertThat(CaBundle.merged(authority, "opaque", BEGIN)).isEqualTo("opaque");
  }

  @Test
  void doesNotGrowForEver() throws Exception {
    String bundle = "";
    String last = "";
    for (int i = 0; i < 60; i++) {
      last = authority("a" + i, 10);
      bundle = CaBundle.merged(bundle, last, BEGIN);
    }
    assertThat(Pem.certificates(bundle)).hasSize(50);
    assertThat(bundle).endsWith(last);
  }
}
