package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PkiTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final ServerNames NAMES = ServerNames.of(List.of("localhost", "192.0.2.7", "::1"));

  @TempDir Path temporary;

  @Test
  void makesEverythingOnFirstOpenAndLoadsTheSameLater() throws Exception {
    Pki first = open(NOW);
    Pki later = open(NOW.plus(Duration.ofDays(1)));

    assertThat(later.server()).isEqualTo(first.server());
    assertThat(later.admin()).isEqualTo(first.admin());
    assertThat(later.serverAuthority().trusted()).isEqualTo(first.serverAuthority().trusted());
    assertThat(later.clientAuthority().trusted()).isEqualTo(first.clientAuthority().trusted());
    assertThat(later.serviceAccountKeys().getPublic())
        .isEqualTo(first.serviceAccountKeys().getPublic());
  }

  @Test
  void keepsKeysFromOthers() throws Exception {
    open(NOW);
    assertThat(mode(directory())).isEqualTo("rwx------");
    try (var files = Files.list(directory())) {
      assertThat(files.filter(f -> f.toString().endsWith(".key")))
          .hasSize(4)
          .allSatisfy(key -> assertThat(mode(key)).isEqualTo("rw-------"));
    }
  }

  @Test
  void narrowsTheModeOfAKeyThatOthersCouldRead() throws Exception {
    open(NOW);
    Path key = directory().resolve("admin.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxr-xr-x"));
    open(NOW);
    assertThat(mode(key)).isEqualTo("rw-------");
    assertThat(mode(directory())).isEqualTo("rwx------");
  }

  @Test
  void readingAloneChangesNothing() throws Exception {
    open(NOW);
    Path key = directory().resolve("admin.key");
    Path authority = directory().resolve("authorities/1/ca.key");
    Path unfinished = directory().resolve(".admin.key.0123456789abcdef.tmp");
    Files.writeString(unfinished, "half a key");
    for (Path file : List.of(key, authority, directory())) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Pki.read(directory(), InstantSource.fixed(NOW));

    assertThat(List.of(key, authority, directory()))
        .allSatisfy(file -> assertThat(mode(file)).isEqualTo("rwxr-xr-x"));
    assertThat(unfinished).exists();
    open(NOW);
    assertThat(mode(authority)).isEqualTo("rw-------");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway", "admin"})
  void issuesAMissingCertificateForTheKeyThatSurvived(String name) throws Exception {
    open(NOW);
    byte[] key = Files.readAllBytes(directory().resolve(name + ".key"));
    Files.delete(directory().resolve(name + ".crt"));
    Pki again = open(NOW);
    assertThat(Files.readAllBytes(directory().resolve(name + ".key"))).isEqualTo(key);
    Identity leaf = name.equals("admin") ? again.admin() : again.server();
    assertThat(KeyPairs.match(leaf.key(), leaf.leaf().getPublicKey())).isTrue();
  }

  @Test
  void issuesForAKeyWhoseCertificateIsGarbled() throws Exception {
    open(NOW);
    Files.writeString(directory().resolve("gateway.crt"), "no certificate");
    assertThat(open(NOW).server().leaf().getSubjectX500Principal().getName()).isEqualTo("CN=croft");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorities/1/root.crt",
        "authorities/1/ca.crt",
        "authorities/1/ca.key",
        "authorities/1/client-ca.crt",
        "authorities/1/client-ca.key",
        "authorities/1/node-ca.key",
        "authorities/1/front-proxy-ca.key",
        "authorities/1/created",
        "sa.key"
      })
  void refusesToReplaceWhatOthersTrust(String file) throws Exception {
    open(NOW);
    Files.delete(directory().resolve(file));
    assertThatThrownBy(() -> open(NOW))
        .isInstanceOf(PkiException.class)
        .hasMessageStartingWith(directory().resolve(file) + " is missing");
    assertThat(directory().resolve(file)).doesNotExist();
  }

  @Test
  void refusesAnAuthorityWhoseHalvesDoNotBelongTogether() throws Exception {
    open(NOW);
    Files.copy(
        directory().resolve("sa.key"),
        directory().resolve("authorities/1/ca.key"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> open(NOW)).hasMessageContaining("ca.key does not belong to");
  }

  @Test
  void refusesAKeyThatCannotBeReadWithoutShowingIt() throws Exception {
    open(NOW);
    Files.writeString(
        directory().resolve("admin.key"),
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> open(NOW))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("admin.key holds no EC, RSA or Ed25519 key")
        .hasMessageNotContaining("c2VjcmV0");
  }

  @Test
  void publicKeyOfTheServiceAccountsIsMendedFromThePrivateOne() throws Exception {
    Pki first = open(NOW);
    Files.delete(directory().resolve("sa.pub"));
    assertThat(open(NOW).serviceAccountKeys().getPublic())
        .isEqualTo(first.serviceAccountKeys().getPublic());
  }

  @Test
  void renewsLeavesAfterTwoThirdsOfTheirLifeWithTheSameKeys() throws Exception {
    Pki first = open(NOW);
    assertThat(open(NOW.plus(Duration.ofDays(224))).server()).isEqualTo(first.server());

    Pki renewed = open(NOW.plus(Duration.ofDays(245)));
    assertThat(renewed.server().leaf()).isNotEqualTo(first.server().leaf());
    assertThat(renewed.server().key()).isEqualTo(first.server().key());
    assertThat(renewed.admin().leaf()).isNotEqualTo(first.admin().leaf());
    assertThat(renewed.serverAuthority().certificate())
        .isEqualTo(first.serverAuthority().certificate());
  }

  @Test
  void issuesTheServerCertificateAgainWhenTheNamesChange() throws Exception {
    Pki first = open(NOW);
    var more = ServerNames.of(List.of("localhost", "croft.example.com"));
    Pki second = Pki.open(directory(), more, InstantSource.fixed(NOW));
    assertThat(second.server().leaf()).isNotEqualTo(first.server().leaf());
    assertThat(second.server().leaf().getSubjectAlternativeNames().toString())
        .contains("croft.example.com")
        .doesNotContain("192.0.2.7");
    assertThat(second.admin()).isEqualTo(first.admin());
  }

  @Test
  void readsWithoutChangingAnything() throws Exception {
    Pki first = open(NOW);
    Pki read = Pki.read(directory(), InstantSource.fixed(NOW.plus(Duration.ofDays(300))));
    assertThat(read.server()).isEqualTo(first.server());
    assertThat(read.admin()).isEqualTo(first.admin());
  }

  @Test
  void readOfADirectoryThatIsNotThereNamesTheMissingFile() {
    assertThatThrownBy(() -> Pki.read(directory(), InstantSource.system()))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("authorities is missing");
  }

  @Test
  void startsOverWhenTheFirstCreationWasCutOff() throws Exception {
    Path staging = temporary.resolve(".pki.new");
    Files.createDirectories(staging.resolve("authorities/.new"));
    Files.writeString(staging.resolve("authorities/.new/ca.key"), "half");
    open(NOW);
    assertThat(staging).doesNotExist();
    assertThat(directory().resolve("authorities/1/ca.key")).exists();
  }

  @Test
  void issuesUserCertificates() throws Exception {
    Pki pki = open(NOW);
    Identity alice = pki.issueClient("alice", List.of("dev", "ops, EU"), Duration.ofHours(1));
    assertThat(pki.clientAuthority().issued(alice.leaf())).isTrue();
    assertThat(pki.serverAuthority().issued(alice.leaf())).isFalse();
    assertThat(alice.leaf().getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofHours(1)));
    assertThat(alice.toString()).contains("CN=alice").doesNotContain("rivate");
  }

  private Pki open(Instant now) throws IOException, PkiException {
    return Pki.open(directory(), NAMES, InstantSource.fixed(now));
  }

  private Path directory() {
    return temporary.resolve("pki");
  }

  private static String mode(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
