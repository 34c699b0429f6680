package io.croft.base;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file to be fetched whose fingerprint is known, so that it does not matter who is asked for it.
/// What was broken off, be it by a kill, goes on where it was.
///
/// @param location `http` or `https`
/// @param sha256 in 64 lower-case hexadecimal digits
/// @param maxBytes a longer one is refused
/// @param silence after so long in which next to nothing came it is asked for again; the beginning
///   of an answer may take twice as long
public record Download(URI location, String sha256, long maxBytes, Duration silence) {
  /// What is usual.
  public static final Duration SILENCE = Duration.ofSeconds(30);

  private static final Duration CONNECT = Duration.ofSeconds(10);

  private static final int ATTEMPTS = 3;
  private static final int PIECE_BYTES = 1 << 16;
  private static final int PARTIAL = 206;
  private static final int NOT_SATISFIABLE = 416;

  private static final int MEGABYTE = 1_000_000;
  private static final int SPARE_BYTES = 64 * MEGABYTE;
  private static final FileAttribute<?> OWN =
      PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);

  /// Client errors that pass: the request took too long, too many requests.
  private static final Set<Integer> PASSING = Set.of(408, 429);

  /// @throws IllegalArgumentException when the location or the fingerprint is malformed
  public Download {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("expected a SHA-256 of 64 hexadecimal digits");
    }
    HttpRequest.newBuilder(location); // refuses other schemes, and what has no host
  }

  /// Is told how it goes, by the thread that fetches. An unchecked exception of it ends the
  /// download.
  public interface Listener {
    /// Somebody is about to be asked; not called for a file that is there already.
    ///
    /// @param have bytes that are there
    void begins(long have);

    /// @param size of the whole, if that is known
    default void has(long bytes, OptionalLong size) {}

    /// After an attempt that has failed, and is followed by another one.
    void failed(IOException why);
  }

  /// Another attempt would end the same way.
  private static final class FinalException extends IOException {
    private static final long serialVersionUID = 1L;

    FinalException(String message) {
      super(message);
    }
  }

  /// Fetches the file unless it is there. Until it is whole, `TARGET.part` is what has arrived;
  /// that stays when an attempt fails, unless it is of no use. Both are of mode 0600.
  ///
  /// @throws WrongDigestException when it is another file; nothing of it remains
  /// @throws IOException with a message that says why it cannot be had, to be read after whence
  public void into(Path target, Listener listener) throws IOException, InterruptedException {
    if (isWhole(target)) {
      return;
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    if (!isWhole(part)) {
      boolean resumed = fetch(part, listener);
      String found = Sha256.hex(part);
      if (resumed && !found.equals(sha256)) { // what was there before may have been no part of it
        Files.delete(part);
        fetch(part, listener);
        found = Sha256.hex(part);
      }
      if (!found.equals(sha256)) {
        Files.delete(part);
        throw new WrongDigestException(found, sha256);
      }
    }
    try (var channel = FileChannel.open(part, WRITE)) {
      channel.force(true);
    }
    Files.move(part, target, ATOMIC_MOVE);
    AtomicFiles.syncDirectory(directory(target));
  }

  private boolean isWhole(Path file) throws IOException {
    return Files.exists(file) && Sha256.hex(file).equals(sha256);
  }

  /// @return whether some of it was there before the attempt that succeeded
  private boolean fetch(Path part, Listener listener) throws IOException, InterruptedException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    try {
      return fetch(client, part, listener);
    } finally {
      client.shutdownNow(); // to close it would wait for whoever does not answer
    }
  }

  private boolean fetch(HttpClient client, Path part, Listener listener)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return fetchOnce(client, part, listener);
      } catch (IOException e) {
        if (Thread.interrupted()) { // streams and channels say it in their way
          throw (InterruptedException) new InterruptedException().initCause(e);
        }
        if (attempt == ATTEMPTS || e instanceof FinalException) {
          throw e;
        }
        listener.failed(e);
      }
    }
  }

  private boolean fetchOnce(HttpClient client, Path part, Listener listener)
      throws IOException, InterruptedException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    listener.begins(have);
    HttpResponse<InputStream> answer = ask(client, have);
    int status = answer.statusCode();
    OptionalLong missing = answer.headers().firstValueAsLong("Content-Length");
    try (InputStream body = answer.body()) {
      switch (status) {
        case PARTIAL -> append(body, missing, part, have, listener);
        case 200 -> {
          Files.deleteIfExists(part);
          append(body, missing, part, 0, listener);
        }
        case NOT_SATISFIABLE -> {
          Files.delete(part);
          throw new IOException("the part that was here does not belong to it");
        }
        default -> {
          String message = "the answer is " + status;
          boolean passes = status >= 500 || PASSING.contains(status);
          throw passes ? new IOException(message) : new FinalException(message);
        }
      }
    }
    return status == PARTIAL;
  }

  /// The client's own limit ends with a redirection's head: its body would be waited for, for ever.
  private HttpResponse<InputStream> ask(HttpClient client, long have)
      throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(location);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    Duration patience = silence.multipliedBy(2);
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.sendAsync(request.build(), BodyHandlers.ofInputStream());
    try {
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no answer within %d s".formatted(patience.toSeconds()), e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private static IOException failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpConnectTimeoutException e ->
          new IOException("no connection within %d s".formatted(CONNECT.toSeconds()), e);
      case ConnectException e ->
          new IOException(
              isUnknown(e) ? "the host's name is not known" : "the host takes no connection", e);
      case IOException e -> e;
      case null, default -> new IOException(String.valueOf(cause), cause);
    };
  }

  /// The client says no more of a failed connection than this.
  private static boolean isUnknown(ConnectException failure) {
    return Stream.iterate((Throwable) failure, Objects::nonNull, Throwable::getCause)
        .anyMatch(UnresolvedAddressException.class::isInstance);
  }

  private void append(
      InputStream body, OptionalLong missing, Path part, long have, Listener listener)
      throws IOException {
    OptionalLong size = missing.isPresent() ? OptionalLong.of(have + missing.getAsLong()) : missing;
    requireSize(size.orElse(0), part);
    requireSpace(missing.orElse(0), part);
    try (var to = FileChannel.open(part, Set.of(CREATE, APPEND), OWN);
        var watch = new StallWatch(body, silence)) {
      var piece = new byte[PIECE_BYTES];
      long bytes = have;
      int count;
      while ((count = watch.read(piece)) >= 0) {
        bytes += count;
        requireSize(bytes, part);
        write(ByteBuffer.wrap(piece, 0, count), to, part);
        listener.has(bytes, size);
      }
    }
  }

  private void requireSize(long bytes, Path part) throws IOException {
    if (bytes > maxBytes) {
      Files.deleteIfExists(part);
      throw new FinalException("it has more than %d bytes".formatted(maxBytes));
    }
  }

  /// So that whoever fetches can go on working, it does not take the last of a disk.
  private static void requireSpace(long bytes, Path part) throws IOException {
    long free = Files.getFileStore(directory(part)).getUsableSpace();
    long needed = bytes + Math.min(bytes, SPARE_BYTES);
    if (needed > free) {
      throw new FinalException(
          "the disk is full: %d MB are needed, %d MB are free at %s"
              .formatted(needed / MEGABYTE, free / MEGABYTE, directory(part)));
    }
  }

  private static void write(ByteBuffer piece, FileChannel to, Path part) throws IOException {
    try {
      while (piece.hasRemaining()) {
        to.write(piece);
      }
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException e) {
      Files.delete(part); // a full disk is everybody's trouble
      throw new FinalException("%s cannot be written: %s".formatted(part, e.getMessage()));
    }
  }

  private static Path directory(Path file) {
    return requireNonNull(file.toAbsolutePath().getParent());
  }
}
