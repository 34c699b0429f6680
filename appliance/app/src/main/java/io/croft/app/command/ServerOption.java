package io.croft.app.command;

import io.croft.app.runtime.Endpoint;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which appliance a user is at: any, or the one on this machine.
final class ServerOption {
  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The appliance, as https://HOST:PORT. Default: the one on this machine.")
  @Nullable String server;

  @Option(
      names = "--certificate-authority",
      paramLabel = "FILE",
      description =
          "What the appliance is verified by, in PEM. Default: for the one on this machine its own"
              + " authority, for others those of the system.")
  @Nullable Path certificateAuthority;

  /// @param url `https://HOST:PORT`
  /// @param authorities in PEM; empty for those of the system
  record Server(String url, String authorities) {}

  String url(CommonOptions common, Shell shell) throws Exception {
    if (server == null) {
      Path dataDir = common.configuration(shell).dataDir();
      return Endpoint.read(dataDir)
          .orElseThrow(() ->
              new CommandException(
                  ExitCode.NOT_READY,
                  "not running (data directory %s); name another appliance by --server"
                      .formatted(dataDir)))
          .url();
    }
    URI uri = URI.create(server);
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null || !uri.getPath().isEmpty()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--server must be of the form https://HOST:PORT, not " + server);
    }
    return server;
  }

  Server server(CommonOptions common, Shell shell) throws Exception {
    String url = url(common, shell);
    if (certificateAuthority != null) {
      return new Server(url, Files.readString(certificateAuthority));
    }
    if (server != null) {
      return new Server(url, "");
    }
    Path pki = common.configuration(shell).dataDir().resolve("pki");
    return new Server(
        url, Pem.encode(Pki.read(pki, InstantSource.system()).serverAuthority().trusted()));
  }
}
