package io.croft.base;

import static io.croft.base.DataDirectoryException.Cause.FOREIGN_CONTENT;
import static io.croft.base.DataDirectoryException.Cause.IN_USE;
import static io.croft.base.DataDirectoryException.Cause.IO_ERROR;
import static io.croft.base.DataDirectoryException.Cause.NOT_A_DIRECTORY;
import static io.croft.base.DataDirectoryException.Cause.NO_PERMISSION;
import static io.croft.base.DataDirectoryException.Cause.OTHER_FORMAT;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The one directory that holds all state, locked for this process while it is open.
///
/// | entry | holds |
/// |---|---|
/// | `format` | the version of this layout, as a decimal number |
/// | `croft.lock` | nothing; locked while a process uses the directory |
/// | `croft.pid` | which process that is, see [RunningProcess] |
/// | `store/`, `pki/`, `logs/`, `run/` | what their owners put there |
/// | `config.yaml` | settings; optional, written by users |
public final class DataDirectory implements AutoCloseable {
  /// The version of the layout that this program reads and writes.
  public static final int FORMAT = 1;

  /// What may lie in a directory that was never opened before.
  private static final Set<String> HARMLESS =
      Set.of("config.yaml", "logs", "run", "croft.lock", "croft.pid", "lost+found");

  private final Path root;
  private final FileChannel lockFile;

  private DataDirectory(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /// Opens a data directory, creating it (mode 0700) when it is not there yet, and locks it until
  /// it is closed or the process ends.
  ///
  /// @throws DataDirectoryException when something else is in its place, rights are missing, it
  ///   holds foreign files, another version wrote it, or another process uses it
  public static DataDirectory open(Path path) throws DataDirectoryException {
    Path root = path.toAbsolutePath().normalize();
    try {
      checkUsable(root);
      AtomicFiles.ensurePrivateDirectory(root);
      FileChannel lockFile = lock(root);
      try {
        checkFormat(root);
        RunningProcess.writeSelf(root.resolve("croft.pid"));
        return new DataDirectory(root, lockFile);
      } catch (IOException | DataDirectoryException e) {
        lockFile.close();
        throw e;
      }
    } catch (AccessDeniedException e) {
      throw noPermission(root);
    } catch (IOException e) {
      throw new DataDirectoryException(
          IO_ERROR, "cannot use data directory " + root + ": " + describe(e));
    }
  }

  public Path root() {
    return root;
  }

  public Path store() {
    return root.resolve("store");
  }

  public Path pki() {
    return root.resolve("pki");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  /// For what is true only while the process runs; may be emptied while none does.
  public Path run() {
    return root.resolve("run");
  }

  /// Gives the directory free for other processes. Repeatable.
  @Override
  public void close() throws IOException {
    if (lockFile.isOpen()) {
      Files.deleteIfExists(root.resolve("croft.pid"));
      lockFile.close();
    }
  }

  private static void checkUsable(Path root) throws IOException, DataDirectoryException {
    Path existing = nearestExisting(root);
    if (!Files.isDirectory(existing)) {
      throw new DataDirectoryException(
          NOT_A_DIRECTORY, existing + " is not a directory; choose another with --data-dir");
    }
    if (!Files.isWritable(existing)
        || !Files.isExecutable(existing)
        || (existing.equals(root) && !Files.isReadable(existing))) {
      throw noPermission(existing);
    }
    if (existing.equals(root) && Files.notExists(root.resolve("format"))) {
      refuseForeignContent(root);
    }
  }

  /// A mistyped `--data-dir` must not scatter files over someone's home or lock others out of it.
  private static void refuseForeignContent(Path root) throws IOException, DataDirectoryException {
    try (var entries = Files.list(root)) {
      Optional<String> foreign =
          entries
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(name -> !name.startsWith(".") && !HARMLESS.contains(name))
              .sorted()
              .findFirst();
      if (foreign.isPresent()) {
        throw new DataDirectoryException(
            FOREIGN_CONTENT,
            "%s is no data directory of croft (it holds %s and no file \"format\"); choose an empty one with --data-dir"
                .formatted(root, foreign.get()));
      }
    }
  }

  /// A POSIX lock is lost as soon as the process closes any descriptor of the locked file; so the
  /// lock has a file of its own that nothing else ever opens.
  private static FileChannel lock(Path root) throws IOException, DataDirectoryException {
    var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
    var channel = FileChannel.open(root.resolve("croft.lock"), Set.of(CREATE, WRITE), mode);
    if (tryLock(channel) == null) {
      channel.close();
      String owner =
          RunningProcess.read(root.resolve("croft.pid"))
              .map(p -> "the croft process with pid " + p.pid())
              .orElse("another croft process");
      throw new DataDirectoryException(
          IN_USE,
          "data directory %s is in use by %s; stop it with: croft down --data-dir %s"
              .formatted(root, owner, root));
    }
    return channel;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this very process holds it
    }
  }

  private static void checkFormat(Path root) throws IOException, DataDirectoryException {
    Path marker = root.resolve("format");
    if (Files.notExists(marker)) {
      AtomicFiles.write(marker, FORMAT + "\n", AtomicFiles.PUBLIC);
      return;
    }
    String found = Files.readString(marker).strip();
    if (!found.equals(String.valueOf(FORMAT))) {
      throw new DataDirectoryException(
          OTHER_FORMAT,
          "data directory %s was written by format %s; this croft knows %d; use the croft that wrote it, or another --data-dir"
              .formatted(root, found.isEmpty() ? "(empty)" : found, FORMAT));
    }
  }

  private static Path nearestExisting(Path path) {
    for (Path p = path; p != null; p = p.getParent()) {
      if (Files.exists(p)) {
        return p;
      }
    }
    return path;
  }

  private static DataDirectoryException noPermission(Path path) {
    return new DataDirectoryException(
        NO_PERMISSION,
        "no permission for %s (needs read and write); run as its owner, or choose another with --data-dir"
            .formatted(path));
  }

  private static String describe(IOException e) {
    String message = String.valueOf(e.getMessage());
    String reason = e instanceof FileSystemException f ? f.getReason() : null;
    return reason == null ? message : reason;
  }
}
