package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With shell scripts that only tell a version.
@Tag("distro-S1")
class K3sReleasesTest {
  @TempDir Path directory;

  private Path program(String version) throws IOException {
    return script("echo 'k3s version %s (0123abcd)'".formatted(version));
  }

  private Path script(String line) throws IOException {
    Path file = Files.createTempFile(directory, "k3s", "");
    Files.writeString(file, "#!/bin/sh\n" + line + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private K3sReleases releases() {
    return new K3sReleases(directory.resolve("bin"));
  }

  @Test
  void keepsTheReleaseBeforeAndForgetsOlderOnes() throws Exception {
    var releases = releases();
    for (String version : new String[] {"v1.33.1+k3s1", "v1.33.2+k3s1", "v1.34.1+k3s1"}) {
      releases.accept(releases.stage(program(version)).sha256());
    }

    assertThat(releases().current().orElseThrow().program().version().text())
        .isEqualTo("v1.34.1+k3s1");
    assertThat(releases().previous().orElseThrow().program().version().text())
        .isEqualTo("v1.33.2+k3s1");
    try (var entries = Files.list(directory.resolve("bin"))) {
      assertThat(entries.filter(Files::isDirectory)).hasSize(2);
    }
  }

  @Test
  void hasACopyWhenTheOriginalIsGone() throws Exception {
    Path original = program("v1.34.1+k3s1");
    var releases = releases();
    releases.accept(releases.stage(original).sha256());
    Files.delete(original);

    assertThat(releases().current()).isPresent();
  }

  @Test
  void refusesToSkipAMinorVersionAndToGoBackOne() throws Exception {
    var releases = releases();
    releases.accept(releases.stage(program("v1.33.1+k3s1")).sha256());

    assertThatThrownBy(() -> releases.stage(program("v1.35.0+k3s1")))
        .hasMessageContaining("k3s v1.35.0+k3s1 does not follow v1.33.1+k3s1");
    assertThatThrownBy(() -> releases.stage(program("v1.32.9+k3s1")))
        .isInstanceOf(IOException.class);
    assertThat(releases.stage(program("v1.33.0+k3s2")).program().version().minor()).isEqualTo(33);
  }

  @Test
  void remembersWhichOneDidNotWork() throws Exception {
    var releases = releases();
    String sha256 = releases.stage(program("v1.34.1+k3s1")).sha256();
    assertThat(releases.isRefused(sha256)).isFalse();

    releases.refuse(sha256);

    assertThat(releases().isRefused(sha256)).isTrue();
  }

  @Test
  void saysWhatIsNoK3s() throws Exception {
    assertThatThrownBy(() -> releases().stage(script("echo 'kubectl 1.2'")))
        .hasMessageContaining("is no k3s: asked for its version it says \"kubectl 1.2\"");
    assertThatThrownBy(() -> releases().stage(program("latest")))
        .hasMessageContaining("expected a release such as v1.34.1+k3s1");
    Path data = Files.writeString(directory.resolve("data"), "x");
    assertThatThrownBy(() -> releases().stage(data)).hasMessageContaining("not an executable file");
  }

  @Test
  void startsAnewWhenItsFileIsTorn() throws Exception {
    Files.createDirectories(directory.resolve("bin"));
    Files.writeString(directory.resolve("bin/releases.json"), "{\"current\"");

    assertThat(releases().current()).isEmpty();
  }
}
