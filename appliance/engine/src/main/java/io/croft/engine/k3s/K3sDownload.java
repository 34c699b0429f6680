package io.croft.engine.k3s;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.croft.base.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A release of k3s to be fetched: its version and its fingerprint are given, so that it does not
/// matter who is asked for it. What was broken off goes on where it was.
///
/// @param version the release
/// @param sha256 of the program, in hexadecimal digits
/// @param mirror has `VERSION/k3s` for amd64, `VERSION/k3s-ARCH` for others
public record K3sDownload(K3sVersion version, String sha256, URI mirror) {
  private static final Logger LOG = LoggerFactory.getLogger(K3sDownload.class);
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /// Until the answer begins.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 3;
  private static final int PIECE_BYTES = 1 << 16;
  private static final int PARTIAL = 206;
  private static final int NOT_SATISFIABLE = 416;

  /// No release comes near.
  private static final long MAX_BYTES = 1L << 30;

  public K3sDownload {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("expected a SHA-256 of 64 hexadecimal digits");
    }
  }

  /// Where it is fetched.
  URI location() {
    String architecture =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> "";
          case "aarch64" -> "-arm64";
          case String other -> "-" + other;
        };
    String base = mirror.toString().replaceFirst("/+$", "");
    return URI.create(
        "%s/%s/k3s%s".formatted(base, version.text().replace("+", "%2B"), architecture));
  }

  /// @return the program, in `directory`
  /// @throws IOException when it cannot be had, or is another than was asked for
  Path into(Path directory) throws IOException, InterruptedException {
    return into(directory, SILENCE);
  }

  /// @param silence after so long without a byte it is begun again
  Path into(Path directory, Duration silence) throws IOException, InterruptedException {
    Path target = directory.resolve("download-" + sha256);
    if (Files.exists(target) && Sha256.hex(target).equals(sha256)) {
      return target;
    }
    Path part = directory.resolve("download-" + sha256 + ".part");
    try (var client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()) {
      fetch(client, part, silence);
    }
    String found = Sha256.hex(part);
    if (!found.equals(sha256)) {
      Files.delete(part);
      throw new IOException(
          "%s is not what croft.k3s-sha256 names: its SHA-256 is %s".formatted(location(), found));
    }
    Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwx------"));
    return Files.move(part, target, ATOMIC_MOVE);
  }

  private void fetch(HttpClient client, Path part, Duration silence)
      throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        fetchOnce(client, part, silence);
        return;
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw new IOException("cannot fetch %s: %s".formatted(location(), e.getMessage()), e);
        }
        LOG.atWarn().addKeyValue("reason", e.toString()).log("A download goes on");
      }
    }
  }

  private void fetchOnce(HttpClient client, Path part, Duration silence)
      throws IOException, InterruptedException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    LOG.atInfo().addKeyValue("url", location()).addKeyValue("from", have).log("Fetching k3s");
    var request = HttpRequest.newBuilder(location()).timeout(PATIENCE);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      switch (answer.statusCode()) {
        case PARTIAL -> append(body, part, have, silence);
        case 200 -> {
          Files.deleteIfExists(part);
          append(body, part, 0, silence);
        }
        case NOT_SATISFIABLE -> {
          if (!Sha256.hex(part).equals(sha256)) { // else nothing was missing
            Files.delete(part);
            throw new IOException("the part that was here does not belong to it");
          }
        }
        default -> throw new IOException("the answer is " + answer.statusCode());
      }
    }
  }

  private static void append(InputStream from, Path part, long have, Duration silence)
      throws IOException {
    try (OutputStream to = Files.newOutputStream(part, CREATE, APPEND);
        var watch = new StallWatch(from, silence)) {
      var piece = new byte[PIECE_BYTES];
      long size = have;
      int count;
      while ((count = watch.read(piece)) >= 0) {
        size += count;
        if (size > MAX_BYTES) {
          throw new IOException("it has more than %d bytes".formatted(MAX_BYTES));
        }
        to.write(piece, 0, count);
      }
    }
  }

  /// Closes a stream that nothing comes from any more, which the JDK's client would wait for.
  private static final class StallWatch implements AutoCloseable {
    private final InputStream stream;
    private final Duration silence;
    private final Thread thread;
    private volatile long movedAt = System.nanoTime();
    private volatile boolean stalled;

    StallWatch(InputStream stream, Duration silence) {
      this.stream = stream;
      this.silence = silence;
      this.thread = Thread.ofVirtual().name("download-watch").start(this::watch);
    }

    int read(byte[] piece) throws IOException {
      movedAt = System.nanoTime();
      try {
        int count = stream.read(piece);
        if (!stalled) {
          return count;
        }
      } catch (IOException e) {
        if (!stalled) {
          throw e;
        }
      }
      throw new IOException("nothing came for " + silence.toSeconds() + " s");
    }

    private void watch() {
      try {
        while (System.nanoTime() - movedAt < silence.toNanos()) {
          Thread.sleep(silence.dividedBy(4));
        }
        stalled = true;
        stream.close();
      } catch (InterruptedException e) {
        // it has come to its end
      } catch (IOException e) {
        LOG.debug("a stalled download cannot be closed", e);
      }
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }
}
