package io.croft.store.internal.disk;

import java.io.IOException;
import java.util.List;

/// A directory of files. Nothing that is done here outlives a power cut before the file (for its
/// content) or the directory (for names) has been synced.
public interface Disk extends AutoCloseable {
  /// Opens a file, creating an empty one when there is none.
  DiskFile open(String name) throws IOException;

  boolean exists(String name) throws IOException;

  /// The names of all files, sorted.
  List<String> list() throws IOException;

  /// Gives a file another name, replacing the file that had it.
  void rename(String from, String to) throws IOException;

  void delete(String name) throws IOException;

  /// Makes creations, renames and deletions durable.
  void sync() throws IOException;

  /// How much can still be written, in bytes, as far as the operating system tells.
  long usableBytes() throws IOException;

  /// Where this is, for messages.
  String name();

  /// Lets go of the directory; its files must be closed before.
  @Override
  void close();
}
