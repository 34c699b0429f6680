package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Authorities are replaced without anybody being cut off.
@Tag("S28")
class RotationTest {
  private static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration OVERLAP = Duration.ofHours(2);
  private static final ServerNames NAMES = ServerNames.of(List.of("localhost"));

  @TempDir Path temporary;

  private Instant now = BEGIN;
  private PkiConfig config = PkiConfig.DEFAULT.withOverlap(OVERLAP);

  @Test
  void nothingIsEverExpiredInTwoYearsAndRenewalsAreFew() throws Exception {
    // Shorter lives than usual, so that authorities and roots are replaced as well.
    config =
        config.withLives(
            new PkiConfig.Lives(Duration.ofDays(400), Duration.ofDays(150), Duration.ofDays(30)));
    Duration step = Duration.ofHours(Integer.getInteger("croft.pki.step-hours", 48));
    var leaves = new HashSet<X509Certificate>();
    var roots = new HashSet<X509Certificate>();
    List<X509Certificate> bundle = List.of();
    int most = 0;
    for (; now.isBefore(BEGIN.plus(Duration.ofDays(730))); now = now.plus(step)) {
      Pki pki = open();
      var issued =
          List.of(pki.server().leaf(), pki.admin().leaf(), pki.frontProxy().client().leaf());
      int before = leaves.size();
      leaves.addAll(issued);
      most = Math.max(most, leaves.size() - before);
      for (X509Certificate leaf : issued) {
        leaf.checkValidity(Date.from(now));
      }
      for (CertificateAuthority issuer : pki.issuers()) {
        issuer.certificate().checkValidity(Date.from(now));
      }
      verify(pki.server(), pki.serverAuthority().trusted());
      verify(pki.admin(), pki.clientAuthority().trusted());
      verify(pki.frontProxy().client(), pki.frontProxy().authority().trusted());
      // Who learned of the roots at the step before can verify what is shown now.
      if (!bundle.isEmpty()) {
        verify(pki.server(), bundle);
      }
      bundle = pki.serverAuthority().trusted();
      roots.addAll(pki.serverAuthority().trusted());
    }
    assertThat(roots.size()).as("roots").isBetween(3, 5);
    // 730 days in lives of 18.5 to 20 days: at most 40 of each of three, and some for rotations.
    assertThat(leaves.size()).as("leaves").isLessThan(150);
    assertThat(most).as("issued in one step, after the first").isEqualTo(3);
  }

  @Test
  void aNewRootIsTrustedBeforeItIsUsedAndTheOldOneUntilNobodyNeedsIt() throws Exception {
    Pki first = open();
    Identity alice = first.issueClient("alice", List.of(), Duration.ofDays(100));
    X509Certificate oldRoot = first.serverAuthority().trusted().getFirst();

    now = now.plusSeconds(1);
    assertThat(control().rotate()).isEqualTo(2);
    Pki announced = open();
    assertThat(announced.serverAuthority().trusted()).hasSize(2).startsWith(oldRoot);
    assertThat(announced.clientAuthority().trusted()).hasSize(2);
    assertThat(announced.clientAuthority().generation()).as("not yet").isEqualTo(1);
    assertThat(announced.admin()).isEqualTo(first.admin());

    now = now.plus(Duration.ofMinutes(1));
    Pki switched = open();
    assertThat(switched.clientAuthority().generation()).isEqualTo(2);
    assertThat(switched.admin().leaf()).isNotEqualTo(first.admin().leaf());
    assertThat(switched.frontProxy().authority().generation()).isEqualTo(2);
    assertThat(switched.server()).as("clients may not know the new root").isEqualTo(first.server());

    now = now.plus(OVERLAP).plus(OVERLAP);
    Pki waiting = open();
    assertThat(waiting.server())
        .as("alice still logs in by the old root")
        .isEqualTo(first.server());
    verify(alice, waiting.clientAuthority().trusted());
    assertThat(control().authorities().getFirst().inUse())
        .extracting(IssuedCertificate::commonName)
        .containsExactly("alice");

    waiting.issueClient("alice", List.of(), Duration.ofDays(100));
    now = now.plus(OVERLAP);
    open();
    Pki superseded = open();
    assertThat(superseded.server().leaf()).isNotEqualTo(first.server().leaf());
    assertThat(superseded.serverAuthority().trusted()).contains(oldRoot);

    now = now.plus(Duration.ofMinutes(1));
    open();
    Pki retired = open();
    assertThat(retired.serverAuthority().trusted()).hasSize(1).doesNotContain(oldRoot);
    assertThat(retired.clientAuthority().trusted()).hasSize(1);
    verify(retired.server(), retired.serverAuthority().trusted());
    assertThat(pki().resolve("retired/1/root.key")).as("kept").exists();
    assertThatThrownBy(() -> verify(alice, retired.clientAuthority().trusted()))
        .isInstanceOf(java.security.cert.CertPathValidatorException.class);
  }

  @Test
  void whateverStepARotationIsKilledAtItGoesOn() throws Exception {
    open();
    now = now.plusSeconds(1);
    // Killed while the next generation is made:
    Path half = Files.createDirectories(pki().resolve("authorities/.new"));
    Files.writeString(half.resolve("root.key"), "half");
    assertThat(open().serverAuthority().trusted()).hasSize(1);
    assertThat(control().rotate()).isEqualTo(2);
    // Killed after any other step: every opening is a process of its own.
    for (int i = 0; i < 200 && control().authorities().size() > 1; i++) {
      now = now.plus(Duration.ofMinutes(5));
      Pki pki = open();
      verify(pki.server(), pki.serverAuthority().trusted());
      verify(pki.admin(), pki.clientAuthority().trusted());
    }
    assertThat(control().authorities()).extracting(AuthorityStatus::generation).containsExactly(2);
  }

  @Test
  void withoutTheKeyOfTheRootAllGoesOnUntilAnotherIsNeeded() throws Exception {
    open();
    Files.move(pki().resolve("authorities/1/root.key"), temporary.resolve("root.key"));
    now = now.plus(Duration.ofDays(200));
    Pki pki = open();
    verify(pki.server(), pki.serverAuthority().trusted());
    assertThat(control().authorities().getFirst().rootKeyHere()).isFalse();
    assertThat(control().rotate()).isEqualTo(2);
  }

  @Test
  void takesOverADirectoryWhoseAuthoritiesWereTheirOwnRoots() throws Exception {
    Pki made = open();
    // As such a directory was: an authority per purpose that signed itself, and leaves of these.
    for (String name : List.of("ca", "client-ca")) {
      var pair = KeyPairs.generate();
      var files = new PkiFiles(pki(), KeyEncoding.PLAIN);
      files.writeKey(name, pair.getPrivate());
      files.writeCertificates(
          name,
          List.of(CertificateWriter.root(pair, "croft old " + name, now, Duration.ofDays(3652))));
    }
    Files.move(pki().resolve("authorities"), temporary.resolve("authorities"));
    Files.delete(pki().resolve("issued.since"));
    Files.delete(pki().resolve("issued"));

    Pki old = open();
    assertThat(old.server().leaf().getIssuerX500Principal().getName())
        .startsWith("CN=croft old ca");
    assertThat(old.server().chain()).hasSize(1);
    assertThat(old.server().key()).isEqualTo(made.server().key());
    X509Certificate oldRoot = old.serverAuthority().trusted().getFirst();

    now = now.plusSeconds(1);
    control().rotate();
    now = now.plus(Duration.ofDays(30));
    Pki both = open();
    assertThat(both.clientAuthority().generation()).isEqualTo(1);
    assertThat(both.server().leaf())
        .as("what was issued before it was written down may still be in use")
        .isEqualTo(old.server().leaf());
    now = now.plus(Duration.ofDays(340));
    open();
    now = now.plus(OVERLAP);
    open();
    Pki done = open();
    assertThat(done.serverAuthority().trusted()).hasSize(1).doesNotContain(oldRoot);
    assertThat(pki().resolve("retired/0/ca.key")).exists();
    assertThat(pki().resolve("ca.key")).doesNotExist();
  }

  @Test
  void aRevokedLeafOfOursIsReplacedTogetherWithItsKey() throws Exception {
    Pki before = open();
    control().revoke(before.admin().leaf(), RevokedCertificate.Reason.KEY_COMPROMISE);
    Pki after = open();
    assertThat(after.admin().key()).isNotEqualTo(before.admin().key());
    assertThat(after.registry().isRevoked(before.admin().leaf())).isTrue();
    assertThat(after.registry().isRevoked(after.admin().leaf())).isFalse();
  }

  @Test
  void aLineThatACrashCutOffIsPassedOverAndOneThatWasChangedIsNot() throws Exception {
    Pki pki = open();
    int count = pki.registry().issued().size();
    Path issued = pki().resolve("issued");
    Files.writeString(issued, Files.readString(issued) + "2026-03-01T12:0");
    pki.issueClient("alice", List.of(), Duration.ofDays(1));
    assertThat(pki.registry().issued()).hasSize(count + 1);
    Files.writeString(issued, "x" + Files.readString(issued));
    assertThatThrownBy(() -> pki.registry().issued())
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("issued:1 cannot be read");
  }

  private Pki open() throws PkiException, IOException {
    return Pki.open(pki(), NAMES, config, () -> now);
  }

  private PkiControl control() {
    return new PkiControl(pki(), config, () -> now);
  }

  private Path pki() {
    return temporary.resolve("pki");
  }

  private void verify(Identity identity, List<X509Certificate> trusted) throws Exception {
    Set<TrustAnchor> anchors =
        trusted.stream().map(c -> new TrustAnchor(c, null)).collect(Collectors.toSet());
    var parameters = new PKIXParameters(anchors);
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    var chain = new ArrayList<>(identity.chain());
    chain.removeIf(trusted::contains);
    var path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }
}
