package io.croft.pki;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A file of lines that processes add to, one entry per line. An entry is on disk when it has been
/// added; what a crash left of a line that was not is passed over. Thread-safe.
///
/// @param <T> the entries
final class Ledger<T> {
  /// Writes and reads entries as lines.
  interface Format<T> {
    /// Without a line end.
    String write(T entry);

    /// @throws RuntimeException when it is no entry
    T read(String line);
  }

  private record Stamp(@Nullable Object file, long size, long modified) {}

  private final Path file;
  private final Format<T> format;
  private @Nullable Stamp stamp;
  private List<T> entries = List.of();

  Ledger(Path file, Format<T> format) {
    this.file = file;
    this.format = format;
  }

  /// Under the directory's [PkiLock].
  void add(List<T> more) throws IOException {
    var text = new StringBuilder();
    more.forEach(entry -> text.append(format.write(entry)).append('\n'));
    var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
    boolean isNew = Files.notExists(file);
    try (var channel = FileChannel.open(file, Set.of(CREATE, READ, WRITE), mode)) {
      // A line that was cut off must not spoil the one after it.
      long end = endOfLines(channel);
      channel.truncate(end);
      var bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(true);
    }
    if (isNew) {
      AtomicFiles.syncDirectory(file.resolveSibling("."));
    }
  }

  private static long endOfLines(FileChannel channel) throws IOException {
    var one = ByteBuffer.allocate(1);
    for (long end = channel.size(); end > 0; end--) {
      if (channel.read(one.clear(), end - 1) == 1 && one.get(0) == '\n') {
        return end;
      }
    }
    return 0;
  }

  /// Leaves out what is of no more use. Under the directory's [PkiLock].
  void keep(Predicate<T> useful) throws IOException, PkiException {
    var text = new StringBuilder();
    entries().stream()
        .filter(useful)
        .forEach(entry -> text.append(format.write(entry)).append('\n'));
    AtomicFiles.write(file, text.toString(), AtomicFiles.SECRET);
  }

  /// All entries, in the order in which they were added. Reads the file only when it has changed.
  ///
  /// @throws PkiException when a whole line is no entry
  synchronized List<T> entries() throws IOException, PkiException {
    Stamp present = stamp();
    if (!Objects.equals(present, stamp)) {
      entries = present == null ? List.of() : read();
      stamp = present; // taken before reading: what comes meanwhile is seen next time
    }
    return entries;
  }

  private @Nullable Stamp stamp() throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(
          attributes.fileKey(), attributes.size(), attributes.lastModifiedTime().toMillis());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private List<T> read() throws IOException, PkiException {
    String text = Files.readString(file);
    boolean whole = text.endsWith("\n");
    List<String> lines = text.lines().toList();
    var found = new ArrayList<T>();
    for (int i = 0; i < lines.size(); i++) {
      try {
        if (!lines.get(i).isBlank()) {
          found.add(format.read(lines.get(i)));
        }
      } catch (RuntimeException e) {
        if (whole || i < lines.size() - 1) {
          throw new PkiException(
              "%s:%d cannot be read; put the file back from a backup".formatted(file, i + 1), e);
        }
      }
    }
    return List.copyOf(found);
  }
}
