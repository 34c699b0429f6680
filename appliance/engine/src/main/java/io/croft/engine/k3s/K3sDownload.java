package io.croft.engine.k3s;

import io.croft.base.AtomicFiles;
import io.croft.base.Download;
import io.croft.base.WrongDigestException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
    return into(directory, Download.SILENCE);
  }

  /// @param silence after so long without a byte it is begun again
  Path into(Path directory, Duration silence) throws IOException, InterruptedException {
    Path target = directory.resolve("download-" + sha256);
    try {
      new Download(location(), sha256, MAX_BYTES, silence).into(target, new Log());
    } catch (WrongDigestException e) {
      throw new IOException(
          "%s is not what croft.k3s-sha256 names: its SHA-256 is %s"
              .formatted(location(), e.found()),
          e);
    } catch (IOException e) {
      throw new IOException("cannot fetch %s: %s".formatted(location(), e.getMessage()), e);
    }
    Files.setPosixFilePermissions(target, AtomicFiles.PRIVATE_DIRECTORY);
    return target;
  }

  private final class Log implements Download.Listener {
    @Override
    public void begins(long have) {
      LOG.atInfo().addKeyValue("url", location()).addKeyValue("from", have).log("Fetching k3s");
    }

    @Override
    public void failed(IOException why) {
      LOG.atWarn().addKeyValue("reason", why.toString()).log("A download goes on");
    }
  }
}
