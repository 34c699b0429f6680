package io.croft.store.internal.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A directory of the local file system, locked against other processes. Files are for their owner
/// only (0600, the directory 0700).
public final class LocalDisk implements Disk {
  /// Is there while a store is open, and stays.
  public static final String LOCK = "LOCK";

  /// What this process has open. POSIX file locks belong to the process, and closing any other
  /// channel on the lock file would drop the lock, so that the second opening must not even begin.
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel lock;
  private final FileStore store;

  private LocalDisk(Path directory, FileChannel lock, FileStore store) {
    this.directory = directory;
    this.lock = lock;
    this.store = store;
  }

  /// Creates the directory when it is missing, and locks it.
  ///
  /// @throws DirectoryInUseException when another store has it
  public static LocalDisk open(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, privately(directory.toAbsolutePath(), "rwx------"));
    }
    Path real = directory.toRealPath();
    if (!OPEN.add(real)) {
      throw new DirectoryInUseException(directory, "this process");
    }
    try {
      FileStore store = Files.getFileStore(real);
      return new LocalDisk(real, lock(real), store);
    } catch (IOException | RuntimeException e) {
      OPEN.remove(real);
      throw e;
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    Path file = directory.resolve(LOCK);
    FileChannel channel = openChannel(file);
    try {
      if (channel.tryLock() == null) {
        throw new DirectoryInUseException(directory, holder(file));
      }
      tellHolder(channel);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// For the message to who finds it locked. On a full disk the store must open nevertheless, as
  /// there is no other way to compact it; what is overwritten in place needs no space.
  private static void tellHolder(FileChannel channel) throws IOException {
    String pid = Long.toString(ProcessHandle.current().pid());
    ByteBuffer content = ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII));
    try {
      int position = 0;
      while (content.hasRemaining()) {
        position += channel.write(content, position);
      }
      channel.truncate(position);
    } catch (IOException _) {
      channel.truncate(0); // rather nobody than the last one
    }
  }

  private static String holder(Path lockFile) throws IOException {
    String pid = Files.readString(lockFile, StandardCharsets.US_ASCII).strip();
    return pid.isEmpty() ? "another process" : "process " + pid;
  }

  static FileChannel openChannel(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        privately(file.toAbsolutePath(), "rw-------"));
  }

  private static FileAttribute<?>[] privately(Path path, String permissions) {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
    };
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return LocalFile.open(directory.resolve(name));
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(directory.resolve(name));
  }

  @Override
  public List<String> list() throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(LOCK))
          .sorted()
          .toList();
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(
        directory.resolve(from),
        directory.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(directory.resolve(name));
  }

  @Override
  public void sync() throws IOException {
    sync(directory);
  }

  /// Makes creations, renames and deletions in a directory durable.
  public static void sync(Path directory) throws IOException {
    if (System.getProperty("os.name", "").startsWith("Windows")) {
      return; // a directory cannot be opened there, and NTFS journals names itself
    }
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public long usableBytes() throws IOException {
    return store.getUsableSpace();
  }

  @Override
  public String name() {
    return directory.toString();
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release the lock on " + directory, e);
    } finally {
      OPEN.remove(directory);
    }
  }
}
