package io.croft.app.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.engine.k3s.K3sProgram;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// On archives that were made as `croft bundle create` makes them, and then changed.
@Tag("M13")
class BundleCheckTest {
  private static final int MODE_AT = 100;
  private static final int KIND_AT = 156;
  private static final int CHECKSUM_AT = 148;
  private static final int BLOCK = 512;

  @TempDir Path directory;

  private Path bundle;
  private KeyPair key;

  /// One entry of an archive.
  ///
  /// @param content a character for each byte
  private record Entry(String name, char kind, boolean executable, String content) {
    static Entry file(String name, String text) {
      return new Entry(name, '0', false, text);
    }
  }

  @BeforeEach
  void makeABundle() throws Exception {
    key = keys("EC");
    bundle = make(Optional.of(key));
  }

  private static KeyPair keys(String algorithm) throws Exception {
    return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
  }

  private Path make(Optional<KeyPair> signer) throws Exception {
    Path home = directory.resolve("home");
    Files.createDirectories(home.resolve("bin"));
    Files.createDirectories(home.resolve("lib"));
    Path launcher = Files.writeString(home.resolve("bin/croft"), "launcher");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    byte[] jar = new byte[100_000];
    new Random(1).nextBytes(jar);
    Files.write(home.resolve("lib/croft.jar"), jar);
    Path k3s =
        Files.writeString(directory.resolve("k3s"), "#!/bin/sh\necho k3s version v1.34.1+k3s1\n");
    Files.setPosixFilePermissions(k3s, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path image = Files.writeString(directory.resolve("pause.tar"), "layers");
    Path extra = Files.writeString(directory.resolve("web.tgz"), "package");
    Path file = directory.resolve("bundle.tar.gz");
    var contents =
        new Bundle(
            home,
            "0.1.0",
            Optional.of(K3sProgram.of(k3s)),
            List.of(image),
            List.of(extra),
            Instant.parse("2026-01-01T00:00:00Z"));
    try (var out = Files.newOutputStream(file)) {
      contents.write(out, signer.map(KeyPair::getPrivate));
    }
    return file;
  }

  private BundleReport check() throws Exception {
    return BundleCheck.of(bundle, Optional.empty());
  }

  private List<String> problems() throws Exception {
    return check().problems();
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void findsNothingWrongWithWhatWasMade(String algorithm) throws Exception {
    KeyPair signer = keys(algorithm);
    bundle = make(Optional.of(signer));

    BundleReport report = BundleCheck.of(bundle, Optional.of(signer.getPublic()));

    assertThat(report.problems()).isEmpty();
    assertThat(report.version()).isEqualTo("0.1.0");
    assertThat(report.created()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(report.k3s()).contains("v1.34.1+k3s1");
    assertThat(report.engine().orElseThrow().bytes())
        .isEqualTo(Files.size(directory.resolve("k3s")));
    assertThat(report.images()).containsExactly(new BundleReport.Item("images/pause.tar", 6));
    assertThat(report.packages()).containsExactly(new BundleReport.Item("packages/web.tgz", 7));
    assertThat(report.signature()).isEqualTo(BundleReport.Signature.VALID);
  }

  @Test
  void findsNothingWrongWithWhatTarHasPackedAnew() throws Exception {
    Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
    run("tar", "-xzf", bundle.toString(), "-C", unpacked.toString());
    run("tar", "-czf", bundle.toString(), "-C", unpacked.toString(), "./croft");

    assertThat(problems()).isEmpty();
  }

  private static void run(String... line) throws Exception {
    Process process = new ProcessBuilder(line).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void tellsAMissingFile() throws Exception {
    rewrite(entries -> entries.removeIf(e -> e.name().endsWith("pause.tar")));
    assertThat(problems()).containsExactly("images/pause.tar: is missing");
  }

  @Test
  void tellsAChangedFile() throws Exception {
    replace("croft/images/pause.tar", "other layers");
    assertThat(problems())
        .singleElement()
        .asString()
        .matches("images/pause.tar: was changed, its SHA-256 is [0-9a-f]{64}");
  }

  @Test
  void tellsAFileThatIsNotListed() throws Exception {
    rewrite(entries -> entries.add(Entry.file("croft/lib/more.jar", "more")));
    assertThat(problems()).containsExactly("lib/more.jar: is not listed in SHA256SUMS");
  }

  @Test
  void tellsAFileThatIsThereTwice() throws Exception {
    rewrite(entries -> entries.add(Entry.file("croft/images/pause.tar", "layers")));
    assertThat(problems()).containsExactly("images/pause.tar: is there twice");
  }

  @Test
  void tellsEachThingThatIsWrong() throws Exception {
    rewrite(entries -> {
      entries.removeIf(e -> e.name().endsWith("web.tgz"));
      entries.add(Entry.file("croft/lib/more.jar", "more"));
    });
    assertThat(problems())
        .containsExactly(
            "packages/web.tgz: is missing", "lib/more.jar: is not listed in SHA256SUMS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "croft/../../etc/cron.d/x",
        "croft/lib/../../x",
        "croft/..",
        "../x",
        "/etc/passwd",
        "etc/passwd",
        "croft//x",
        "croft/./x",
        "croftx/y",
        "././croft/x"
      })
  void tellsAPathThatLeavesTheDirectory(String name) throws Exception {
    rewrite(entries -> entries.add(Entry.file(name, "x")));
    assertThat(problems())
        .containsExactly(
            name.replaceFirst("^\\./", "") + ": its path leaves the bundle's directory");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 'is a link, and a bundle has none'",
    "2, 'is a link, and a bundle has none'",
    "3, is neither a file nor a directory",
    "6, is neither a file nor a directory",
    "L, is neither a file nor a directory",
    "x, is neither a file nor a directory"
  })
  void tellsWhatIsNoFile(char kind, String problem) throws Exception {
    rewrite(entries -> entries.add(new Entry("croft/lib/more.jar", kind, false, "")));
    assertThat(problems()).containsExactly("croft/lib/more.jar: " + problem);
  }

  /// A link in the place of a file that is listed.
  @Test
  void tellsALinkInTheStead() throws Exception {
    rewrite(entries ->
        entries.replaceAll(
            e -> e.name().endsWith("pause.tar") ? new Entry(e.name(), '2', false, "") : e));
    assertThat(problems())
        .containsExactly(
            "croft/images/pause.tar: is a link, and a bundle has none",
            "images/pause.tar: is missing");
  }

  @Test
  void tellsAWrongSignature() throws Exception {
    BundleReport other = BundleCheck.of(bundle, Optional.of(keys("EC").getPublic()));
    assertThat(other.problems())
        .containsExactly("it is not signed with that key, or what it signs was changed");
    assertThat(other.signature()).isEqualTo(BundleReport.Signature.WRONG);
    assertThat(BundleCheck.of(bundle, Optional.of(keys("RSA").getPublic())).isSound()).isFalse();

    replace("croft/SHA256SUMS.sig", "no signature");
    assertThat(check(key.getPublic()).problems())
        .containsExactly("it is not signed with that key, or what it signs was changed");
  }

  private BundleReport check(PublicKey by) throws Exception {
    return BundleCheck.of(bundle, Optional.of(by));
  }

  /// What was changed together with its checksum.
  @Test
  void tellsChecksumsThatTheSignerHasNotSeen() throws Exception {
    rewrite(entries ->
        entries.replaceAll(e ->
            e.name().equals("croft/SHA256SUMS")
                ? Entry.file(e.name(), e.content().replaceAll("(?m)^.*web.tgz\n", ""))
                : e));
    rewrite(entries -> entries.removeIf(e -> e.name().endsWith("web.tgz")));

    assertThat(problems()).isEmpty();
    assertThat(check(key.getPublic()).problems())
        .containsExactly("it is not signed with that key, or what it signs was changed");
  }

  @Test
  void tellsAMissingSignature() throws Exception {
    assertThat(check().signature()).isEqualTo(BundleReport.Signature.UNVERIFIED);
    bundle = make(Optional.empty());

    assertThat(check().signature()).isEqualTo(BundleReport.Signature.NONE);
    assertThat(problems()).isEmpty();
    assertThat(check(key.getPublic()).problems()).containsExactly("it is not signed");
  }

  @Test
  void tellsWhatIsNoBundle() throws Exception {
    Files.writeString(bundle, "");
    assertThat(problems()).containsExactly("this is no bundle: it is not gzipped");
    Files.writeString(bundle, "PK, or what else there may be in a file");
    assertThat(problems()).containsExactly("this is no bundle: it is not gzipped");
    gzip(text(3 * BLOCK));
    assertThat(problems())
        .containsExactly("this is no bundle: there is no header of tar where one must be");
    rewriteAs(List.of(new Entry("croft/bin/croft", '0', true, "launcher")));
    assertThat(problems()).containsExactly("this is no bundle: it has no croft/SHA256SUMS");
  }

  private static byte[] text(int bytes) {
    byte[] text = new byte[bytes];
    Arrays.fill(text, (byte) 'a');
    return text;
  }

  /// At every length, compressed and not.
  @Test
  void tellsWhereItWasCutOff() throws Exception {
    byte[] whole = Files.readAllBytes(bundle);
    byte[] tar = unzipped();
    for (int length = 20; length < whole.length; length += 997) {
      Files.write(bundle, Arrays.copyOf(whole, length));
      assertThat(problems())
          .as("after %d bytes", length)
          .singleElement()
          .asString()
          .contains("cut off");
    }
    for (int length = 0; length <= tar.length - BLOCK; length += BLOCK) {
      gzip(Arrays.copyOf(tar, length));
      assertThat(problems())
          .as("after %d bytes", length)
          .singleElement()
          .asString()
          .contains("cut off");
    }
  }

  /// A byte anywhere.
  @Test
  void tellsDamageToTheArchive() throws Exception {
    byte[] whole = Files.readAllBytes(bundle);
    for (int at = 10; at < whole.length; at += 991) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(bundle, damaged);
      assertThat(problems()).as("at %d", at).isNotEmpty();
    }
  }

  @Test
  void tellsWhatFollowsTheEnd() throws Exception {
    byte[] whole = Files.readAllBytes(bundle);
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    Files.write(bundle, longer);
    assertThat(problems()).containsExactly("something follows the end of the archive");

    Files.write(bundle, whole);
    byte[] tar = unzipped();
    byte[] more = Arrays.copyOf(tar, tar.length + BLOCK);
    more[tar.length] = 'x';
    gzip(more);
    assertThat(problems()).containsExactly("something follows the end of the archive");
  }

  @Test
  void readsNoMoreEntriesThanAnyBundleHas() throws Exception {
    var many = new ArrayList<Entry>();
    for (int i = 0; i <= BundleCheck.MAX_ENTRIES; i++) {
      many.add(Entry.file("croft/lib/" + i, ""));
    }
    rewriteAs(many);
    assertThat(problems()).singleElement().asString().contains("no bundle has");
  }

  @Test
  void tellsChecksumsThatAreNone() throws Exception {
    replace("croft/SHA256SUMS", "nothing\n".repeat(1_000));
    assertThat(problems())
        .contains("SHA256SUMS: line 1 is no checksum", "bin/croft: is not listed in SHA256SUMS")
        .hasSizeLessThan(10);
  }

  @Test
  void tellsALauncherThatCannotBeRun() throws Exception {
    rewrite(entries ->
        entries.replaceAll(
            e -> e.name().equals("croft/bin/croft") ? Entry.file(e.name(), e.content()) : e));
    assertThat(problems()).containsExactly("croft/bin/croft: is not executable");
  }

  /// Whoever made the archive does not write on the terminal of who looks at it.
  @Test
  void printsNoControlCharacters() throws Exception {
    rewrite(entries -> entries.add(Entry.file("croft/\u001b[2J", "x")));
    assertThat(problems()).containsExactly("?[2J: is not listed in SHA256SUMS");
  }

  private void replace(String name, String text) throws IOException {
    rewrite(entries -> entries.replaceAll(e -> e.name().equals(name) ? Entry.file(name, text) : e));
  }

  private interface Change {
    void apply(List<Entry> entries);
  }

  /// Writes the bundle anew with other entries.
  private void rewrite(Change change) throws IOException {
    var entries = new ArrayList<Entry>();
    var reader = new TarReader(new ByteArrayInputStream(unzipped()));
    for (TarReader.Entry entry = reader.next(); entry != null; entry = reader.next()) {
      byte[] content = new byte[(int) entry.bytes()];
      int count = 0;
      byte[] piece = new byte[content.length];
      for (int read = reader.read(piece); read >= 0; read = reader.read(piece)) {
        System.arraycopy(piece, 0, content, count, read);
        count += read;
      }
      String text = new String(content, StandardCharsets.ISO_8859_1);
      entries.add(new Entry(entry.name(), entry.kind(), entry.executable(), text));
    }
    change.apply(entries);
    rewriteAs(entries);
  }

  private void rewriteAs(List<Entry> entries) throws IOException {
    var all = new ByteArrayOutputStream();
    for (Entry entry : entries) {
      var one = new ByteArrayOutputStream();
      byte[] content = entry.content().getBytes(StandardCharsets.ISO_8859_1);
      new TarWriter(one).add(entry.name(), content, 0);
      byte[] written = with(one.toByteArray(), KIND_AT, String.valueOf(entry.kind()));
      all.write(entry.executable() ? with(written, MODE_AT, "0000755") : written);
    }
    new TarWriter(all).end();
    gzip(all.toByteArray());
  }

  /// Changes a header.
  private static byte[] with(byte[] entry, int at, String text) {
    String digits = new String(entry, CHECKSUM_AT, 6, StandardCharsets.US_ASCII);
    int sum = Integer.parseInt(digits, 8);
    for (int i = 0; i < text.length(); i++) {
      sum += text.charAt(i) - entry[at + i];
      entry[at + i] = (byte) text.charAt(i);
    }
    byte[] corrected = String.format("%06o", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(corrected, 0, entry, CHECKSUM_AT, corrected.length);
    return entry;
  }

  private byte[] unzipped() throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(bundle))) {
      return in.readAllBytes();
    }
  }

  private void gzip(byte[] tar) throws IOException {
    try (var out = new GZIPOutputStream(Files.newOutputStream(bundle))) {
      out.write(tar);
    }
  }
}
