package io.croft.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.app.bundle.Bundle;
import io.croft.pki.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `croft bundle verify`; what it finds in which bundle, tells `BundleCheckTest`.
@Tag("M13")
class BundleCommandTest {
  @TempDir Path directory;

  private Path bundle;
  private Path key;

  @BeforeEach
  void makeABundle() throws Exception {
    Path home = directory.resolve("home");
    Files.createDirectories(home.resolve("bin"));
    Path launcher = Files.writeString(home.resolve("bin/croft"), "launcher");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path image = Files.writeString(directory.resolve("pause.tar"), "layers");
    bundle = directory.resolve("bundle.tar.gz");
    KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
    key = Files.writeString(directory.resolve("key.pub"), Pem.encode(pair.getPublic()));
    Instant created = Instant.parse("2026-01-01T00:00:00Z");
    try (var out = Files.newOutputStream(bundle)) {
      new Bundle(home, "0.1.0", Optional.empty(), List.of(image), List.of(), created)
          .write(out, Optional.of(pair.getPrivate()));
    }
  }

  private Call verify(String... more) {
    var line = new String[more.length + 3];
    line[0] = "bundle";
    line[1] = "verify";
    line[2] = bundle.toString();
    System.arraycopy(more, 0, line, 3, more.length);
    return Call.croft(line);
  }

  @Test
  void printsWhatABundleHolds() {
    Call result = verify("--key", key.toString());

    assertThat(result.out())
        .containsPattern("croft +0.1.0 +\\d+\n")
        .containsPattern("image +pause.tar +6\n")
        .contains("made: 2026-01-01T00:00:00Z\n")
        .containsPattern("signed: by the key with the SHA-256 [0-9a-f]{64}\n")
        .doesNotContain("problem");
    assertThat(result.code()).isZero();
    assertThat(verify().out()).contains("signed: yes; by whom tells --key\n");
    assertThat(verify("-o", "json").out())
        .contains("\"sound\" : true", "\"state\" : \"unverified\"");
  }

  @Test
  void failsWithALineForWhatIsWrong() throws Exception {
    byte[] whole = Files.readAllBytes(bundle);
    Files.write(bundle, Arrays.copyOf(whole, whole.length / 2));

    Call result = verify();

    assertThat(result.out()).containsPattern("\nproblem: it is cut off .+\n$");
    assertThat(result.code()).isEqualTo(1);
    assertThat(verify("-o", "json").out()).contains("\"sound\" : false");
  }

  @Test
  void needsABundleAndAPublicKey() throws Exception {
    Path none = Files.writeString(directory.resolve("none.pub"), "none");
    assertThat(verify("--key", none.toString()).err())
        .isEqualTo("croft: --key: " + none + ": holds no PEM block \"PUBLIC KEY\"\n");
    assertThat(verify("--key", none.toString()).code()).isEqualTo(2);

    Files.delete(bundle);
    assertThat(verify().err()).endsWith("croft: " + bundle + " does not exist\n");
    assertThat(verify().code()).isEqualTo(1);
  }
}
