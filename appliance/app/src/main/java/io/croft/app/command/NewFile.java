package io.croft.app.command;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.WRITE;

import io.croft.base.AtomicFiles;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file that a command makes for its user: readable by that user only, there as a whole or not at
/// all, and never in the place of another.
record NewFile(Path path) {
  /// Produces a file's content.
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws Exception;
  }

  void write(Content content) throws Exception {
    if (Files.exists(path, NOFOLLOW_LINKS)) {
      throw exists(null);
    }
    Path absolute = path.toAbsolutePath();
    Path directory = absolute.resolveSibling(".");
    if (!Files.isDirectory(directory)) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, absolute.getParent() + " is not a directory; nothing was written");
    }
    Path partial = Files.createTempFile(directory, "." + absolute.getFileName(), ".partial");
    try {
      try (var channel = FileChannel.open(partial, WRITE);
          var out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.createLink(absolute, partial); // unlike a move, never replaces what is there
    } catch (FileAlreadyExistsException e) {
      throw exists(e);
    } finally {
      Files.deleteIfExists(partial);
    }
    AtomicFiles.syncDirectory(directory);
  }

  private CommandException exists(@Nullable Throwable cause) {
    return new CommandException(
        ExitCode.WRONG_USAGE, path + " exists; choose another name or remove it", cause);
  }
}
