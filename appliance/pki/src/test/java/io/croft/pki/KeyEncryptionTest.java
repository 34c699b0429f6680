package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S29")
class KeyEncryptionTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final ServerNames NAMES = ServerNames.of(List.of("localhost"));

  /// So few that the tests are fast.
  private static final int ROUNDS = 1_000;

  private static final KeyEncoding SEALED = new EncryptedKeys("correct horse", true, ROUNDS);

  @TempDir Path temporary;

  @Test
  void keysAreEncryptedAndDecryptedAsTheSettingsSay() throws Exception {
    Pki plain = open(KeyEncoding.PLAIN);
    assertThat(contents().values()).noneMatch(Pem::holdsEncryptedKey).hasSizeGreaterThan(8);

    Pki sealed = open(SEALED);
    assertThat(contents().values()).allMatch(Pem::holdsEncryptedKey);
    assertThat(sealed.admin()).isEqualTo(plain.admin());
    assertThat(sealed.serverAuthority().trusted()).isEqualTo(plain.serverAuthority().trusted());

    Pki again = open(new EncryptedKeys("correct horse", false, ROUNDS));
    assertThat(contents().values()).noneMatch(Pem::holdsEncryptedKey);
    assertThat(again.admin()).isEqualTo(plain.admin());
  }

  @Test
  void keysThatWereRetiredAreEncryptedAsWellAndNoneOfThemIsInTheWay() throws Exception {
    open(KeyEncoding.PLAIN);
    Path retired = temporary.resolve("pki/retired/1");
    rotateAndRetire();
    Path garbled = retired.resolve("node-ca.key");
    Files.writeString(garbled, "no key");
    assertThat(contents().keySet()).contains(retired.resolve("root.key"));

    open(SEALED);
    Map<Path, String> sealed = contents();
    assertThat(sealed.remove(garbled)).isEqualTo("no key");
    assertThat(sealed.values()).allMatch(Pem::holdsEncryptedKey);
    assertThat(sealed.keySet()).contains(retired.resolve("root.key"), retired.resolve("ca.key"));

    // Encrypted with what is not known any more:
    String before = contents().get(retired.resolve("root.key"));
    Files.delete(garbled);
    for (Path key : contents().keySet()) {
      if (!key.startsWith(retired)) {
        var pair = new EncryptedKeys("battery staple", true, ROUNDS);
        Files.writeString(key, pair.encode(SEALED.decode(Files.readString(key))));
      }
    }
    open(new EncryptedKeys("battery staple", true, ROUNDS));
    assertThat(contents().get(retired.resolve("root.key"))).isEqualTo(before);
  }

  /// As a process leaves them that is killed while it makes a generation, or writes a key.
  @Test
  void noKeyStaysBehindThatWasNeverFinished() throws Exception {
    open(KeyEncoding.PLAIN);
    Path pki = temporary.resolve("pki");
    String key = Files.readString(pki.resolve("authorities/1/root.key"));
    Path staging = Files.createDirectory(pki.resolve("authorities/.new"));
    Files.writeString(staging.resolve("root.key"), key);
    Files.writeString(staging.resolve(".ca.key.0123456789abcdef.tmp"), key);
    List<Path> unfinished =
        List.of(
            pki.resolve(".admin.key.0123456789abcdef.tmp"),
            pki.resolve("authorities/1/.root.key.0123456789abcdef.tmp"));
    for (Path file : unfinished) {
      Files.writeString(file, key);
    }
    Path other = Files.writeString(pki.resolve(".notes.tmp"), "not ours");

    open(SEALED);

    assertThat(staging).doesNotExist();
    assertThat(unfinished).noneMatch(Files::exists);
    assertThat(other).exists();
    assertThat(contents().values()).allMatch(Pem::holdsEncryptedKey);
  }

  private void rotateAndRetire() throws Exception {
    Instant later = NOW.plus(PkiConfig.DEFAULT.settling());
    Path pki = temporary.resolve("pki");
    assertThat(new PkiControl(pki, PkiConfig.DEFAULT, InstantSource.fixed(NOW)).rotate())
        .isEqualTo(2);
    new PkiControl(pki, PkiConfig.DEFAULT, InstantSource.fixed(later)).retire(1, true);
  }

  @Test
  void aDirectoryIsEncryptedFromTheStartAndOpenSslReadsItsKeys() throws Exception {
    open(SEALED);
    assertThat(contents().values()).allMatch(Pem::holdsEncryptedKey);
    Files.writeString(temporary.resolve("pass"), "correct horse\n");
    assertThat(
            OpenSsl.run(
                    temporary, "pkey", "-in", "pki/authorities/1/ca.key", "-passin", "file:pass")
                .succeeded())
        .contains("BEGIN PRIVATE KEY");
  }

  @Test
  void aWrongOrMissingPassphraseIsSaidAndChangesNothing() throws Exception {
    open(SEALED);
    Map<Path, String> before = contents();
    assertThatThrownBy(() -> open(new EncryptedKeys("wrong", true, ROUNDS)))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining(".key holds a key that the passphrase does not open")
        .hasMessageNotContaining("wrong")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> open(KeyEncoding.PLAIN))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("is encrypted; say with what")
        .hasMessageNotContaining("\n");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aDamagedKeyFileIsSaidAndNothingIsOverwritten() throws Exception {
    open(SEALED);
    Path key = temporary.resolve("pki/authorities/1/ca.key");
    String text = Files.readString(key);
    Files.writeString(key, text.substring(0, text.length() / 2));
    Map<Path, String> before = contents();
    assertThatThrownBy(() -> open(SEALED))
        .isInstanceOf(PkiException.class)
        .hasMessageStartingWith(key.toString());
    assertThat(contents()).isEqualTo(before);
  }

  private Pki open(KeyEncoding keys) throws Exception {
    return Pki.open(
        temporary.resolve("pki"),
        NAMES,
        PkiConfig.DEFAULT.withKeys(keys),
        InstantSource.fixed(NOW));
  }

  private Map<Path, String> contents() throws Exception {
    var contents = new TreeMap<Path, String>();
    try (var files = Files.walk(temporary.resolve("pki"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".key")).toList()) {
        contents.put(file, Files.readString(file, StandardCharsets.US_ASCII));
      }
    }
    return contents;
  }
}
