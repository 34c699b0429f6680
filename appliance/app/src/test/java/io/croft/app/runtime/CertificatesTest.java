package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.gateway.TlsMaterial;
import io.croft.pki.PkiConfig;
import io.croft.pki.PkiControl;
import io.croft.pki.RevokedCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A running appliance's certificates, at another speed.
@Tag("S28")
class CertificatesTest {
  private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path temporary;

  private final PkiConfig config = PkiConfig.DEFAULT.withOverlap(Duration.ofHours(2));
  private final AtomicInteger told = new AtomicInteger();
  private Instant now = BEGIN;
  private Certificates certificates;

  @BeforeEach
  void open() throws Exception {
    certificates = new Certificates(temporary.resolve("pki"), List.of(), config, () -> now);
    certificates.addListener(told::incrementAndGet);
    certificates.init();
  }

  @Test
  void theGatewayIsGivenACertificateThatIsValidAtAnyTimeOfTwoYears() throws Exception {
    var shown = new HashSet<X509Certificate>();
    for (; now.isBefore(BEGIN.plus(Duration.ofDays(730))); now = now.plus(Duration.ofDays(7))) {
      certificates.look();
      TlsMaterial material = certificates.tlsMaterial();
      for (X509Certificate certificate : material.chain()) {
        certificate.checkValidity(Date.from(now));
      }
      shown.add(material.chain().getFirst());
    }
    assertThat(shown.size()).as("in two years").isBetween(3, 4);
    assertThat(told.get()).as("changes of any of three leaves").isBetween(3, 9);
  }

  @Test
  void whatAnotherProcessHasMadeIsTrustedAtTheNextLook() throws Exception {
    certificates.look();
    int before = told.get();
    new PkiControl(temporary.resolve("pki"), config, () -> now).rotate();
    certificates.look();
    assertThat(certificates.tlsMaterial().clientAuthorities()).hasSize(2);
    assertThat(told.get()).isEqualTo(before + 1);
    certificates.look();
    assertThat(told.get()).as("nothing new").isEqualTo(before + 1);
  }

  @Test
  void oneOfOursThatWasTakenBackIsReplacedAtTheNextLook() throws Exception {
    X509Certificate before = certificates.pki().admin().leaf();
    new PkiControl(temporary.resolve("pki"), config, () -> now)
        .revoke(before, RevokedCertificate.Reason.KEY_COMPROMISE);
    certificates.look();
    assertThat(certificates.pki().admin().leaf().getPublicKey())
        .isNotEqualTo(before.getPublicKey());
  }

  @Test
  void whatIsDamagedLeavesThePresentOnesInUse() throws Exception {
    TlsMaterial before = certificates.tlsMaterial();
    Files.writeString(temporary.resolve("pki/authorities/1/ca.key"), "damaged");
    now = now.plus(Duration.ofDays(300));
    certificates.look();
    assertThat(certificates.tlsMaterial().chain()).isEqualTo(before.chain());
  }
}
