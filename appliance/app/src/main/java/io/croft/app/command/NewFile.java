package io.croft.app.command;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.base.AtomicFiles;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A file that a command makes for its user: readable by that user only, there as a whole or not at
/// all, and never in the place of another.
record NewFile(Path path) {
  /// Produces a file's content.
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws Exception;
  }

  void write(Content content) throws Exception {
    if (Files.exists(path)) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, path + " exists; choose another name or remove it");
    }
    Path absolute = path.toAbsolutePath();
    Path partial = absolute.resolveSibling(absolute.getFileName() + ".partial");
    Files.deleteIfExists(partial);
    try (var channel =
            FileChannel.open(
                partial,
                Set.of(CREATE_NEW, WRITE),
                PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET));
        var out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      content.writeTo(out);
      out.flush();
      channel.force(true);
    } catch (Exception e) {
      Files.deleteIfExists(partial);
      throw e;
    }
    Files.move(partial, absolute, ATOMIC_MOVE);
    Path parent = absolute.getParent();
    if (parent != null) {
      AtomicFiles.syncDirectory(parent);
    }
  }
}
