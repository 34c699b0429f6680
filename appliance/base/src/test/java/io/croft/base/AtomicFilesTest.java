package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path directory;

  @Test
  void createsAndReplacesWithTheModeGiven() throws Exception {
    Path file = directory.resolve("f");
    AtomicFiles.write(file, "one", AtomicFiles.PUBLIC);
    assertThat(mode(file)).isEqualTo("rw-r--r--");
    AtomicFiles.write(file, "two", AtomicFiles.SECRET);
    assertThat(file).hasContent("two");
    assertThat(mode(file)).isEqualTo("rw-------");
  }

  @Test
  void leavesTheOldContentAndNoRestWhenItFails() throws Exception {
    Path target = directory.resolve("d");
    Files.createDirectories(target.resolve("not-empty"));
    assertThatThrownBy(() -> AtomicFiles.write(target, "x", AtomicFiles.SECRET))
        .isInstanceOf(IOException.class);
    try (var entries = Files.list(directory)) {
      assertThat(entries).containsExactly(target);
    }
  }

  @Test
  void makesPrivateDirectories() throws Exception {
    Path deep = directory.resolve("a/b");
    assertThat(AtomicFiles.ensurePrivateDirectory(deep)).isFalse();
    assertThat(mode(deep)).isEqualTo("rwx------");
    assertThat(AtomicFiles.ensurePrivateDirectory(deep)).isFalse();
  }

  @Test
  void narrowsADirectoryThatOthersCouldRead() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(AtomicFiles.ensurePrivateDirectory(open)).isTrue();
    assertThat(mode(open)).isEqualTo("rwx------");
  }

  @Test
  void neverWidensAMode() throws Exception {
    Path file = Files.writeString(directory.resolve("f"), "");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    assertThat(AtomicFiles.narrow(file, AtomicFiles.SECRET)).isTrue();
    assertThat(mode(file)).isEqualTo("r--------");
    assertThat(AtomicFiles.narrow(file, AtomicFiles.SECRET)).isFalse();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
