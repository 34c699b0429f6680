package io.croft.base;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/// Files that are either wholly there or not at all, whatever happens meanwhile, and that only
/// those may read who should. Needs a POSIX file system.
public final class AtomicFiles {
  /// `rw-------`
  public static final Set<PosixFilePermission> SECRET =
      Set.copyOf(PosixFilePermissions.fromString("rw-------"));

  /// `rw-r--r--`
  public static final Set<PosixFilePermission> PUBLIC =
      Set.copyOf(PosixFilePermissions.fromString("rw-r--r--"));

  /// `rwx------`
  public static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      Set.copyOf(PosixFilePermissions.fromString("rwx------"));

  private AtomicFiles() {}

  /// Creates or replaces a file. When this returns, the new content survives a loss of power; when
  /// it throws, or the process dies meanwhile, the old content is still there. The content is never
  /// readable by more than `mode` allows.
  public static void write(Path target, byte[] content, Set<PosixFilePermission> mode)
      throws IOException {
    Path temporary = temporaryBeside(target);
    try {
      writeThrough(temporary, content, mode);
      Files.move(temporary, target, ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(parent(target));
  }

  /// `write` of text in UTF-8.
  public static void write(Path target, String content, Set<PosixFilePermission> mode)
      throws IOException {
    write(target, content.getBytes(StandardCharsets.UTF_8), mode);
  }

  /// Makes a directory (and those above it) with mode 0700 when it is not there yet, and narrows
  /// its mode when it is wider.
  ///
  /// @return whether it was there with a wider mode
  public static boolean ensurePrivateDirectory(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return narrow(directory, PRIVATE_DIRECTORY);
    }
    Files.createDirectories(parent(directory));
    Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    syncDirectory(parent(directory));
    return false;
  }

  /// Takes away what `path`'s mode allows beyond `mode`.
  ///
  /// @return whether there was anything to take away
  public static boolean narrow(Path path, Set<PosixFilePermission> mode) throws IOException {
    Set<PosixFilePermission> present = Files.getPosixFilePermissions(path);
    if (mode.containsAll(present)) {
      return false;
    }
    present.retainAll(mode);
    Files.setPosixFilePermissions(path, present);
    return true;
  }

  /// Makes the names in a directory (files created, renamed, deleted) survive a loss of power.
  public static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, READ)) {
      channel.force(true);
    }
  }

  private static void writeThrough(Path file, byte[] content, Set<PosixFilePermission> mode)
      throws IOException {
    var secret = PosixFilePermissions.asFileAttribute(SECRET);
    try (var channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), secret)) {
      Files.setPosixFilePermissions(file, mode); // explicitly, because the umask applies above
      var bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /// Another name in each process, as one that was killed may have left its file. (The generators
  /// of `java.util.random` are no help: in a native binary, each process begins with the same
  /// seed.)
  private static Path temporaryBeside(Path target) {
    String suffix = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    return target.resolveSibling("." + target.getFileName() + "." + suffix + ".tmp");
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent directory");
    }
    return parent;
  }
}
