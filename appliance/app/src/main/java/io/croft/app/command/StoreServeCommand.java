package io.croft.app.command;

import io.croft.app.process.IdleHeap;
import io.croft.app.process.ServiceManager;
import io.croft.app.process.StopSignal;
import io.croft.app.runtime.StoreServer;
import io.croft.base.HostPort;
import io.croft.store.etcd.EtcdAddress;
import io.croft.store.etcd.EtcdConfig;
import io.croft.store.etcd.EtcdTls;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft store serve`: an etcd v3 endpoint.
@Command(
    name = "serve",
    description = "Serves the store as an etcd v3 endpoint, until it is told to stop.",
    footer = {
      "",
      "Example:",
      "  croft store serve --data-dir /var/lib/croft --insecure",
      "  croft store serve --listen unix:///run/croft-store.sock",
      "  croft store serve --listen 0.0.0.0:2379 --cert tls.crt --key tls.key --trusted-ca ca.crt"
    })
final class StoreServeCommand implements Callable<Integer> {
  private static final String UNIX = "unix://";

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:2379",
      description =
          "Where to serve: HOST:PORT, of which port 0 takes a free one, or unix:///PATH, which"
              + " needs no TLS. Default: 127.0.0.1:2379.")
  private String listen = "";

  @Option(
      names = "--advertise",
      paramLabel = "HOST",
      description = "The name under which clients reach it. Default: where it listens.")
  private @Nullable String advertise;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "The server's certificate, and after it those that lead to its root, in PEM.")
  private @Nullable Path cert;

  @Option(names = "--key", paramLabel = "FILE", description = "The certificate's key, in PEM.")
  private @Nullable Path key;

  @Option(
      names = "--trusted-ca",
      paramLabel = "FILE",
      description =
          "Let in only clients with a certificate of these authorities (PEM). Needed off the"
              + " loopback address.")
  private @Nullable Path trustedCa;

  @Option(
      names = "--insecure",
      description = "Serve plain text, to everyone; on a loopback address only.")
  private boolean insecure;

  StoreServeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Path dataDir = common.configuration(shell).dataDir();
    try (var server = StoreServer.start(dataDir, config(dataDir), this::tls);
        var _ = IdleHeap.watch();
        var signal = StopSignal.closing(server)) {
      shell.out().println("etcd v3 endpoint  " + server.url());
      shell.out().println("data directory    " + dataDir);
      shell.out().println("revision          " + server.revision());
      shell.out().flush();
      ServiceManager.of(shell.environment()).tellReady();
      throw CommandException.storeFailed(signal.await(server.failed()));
    }
  }

  private EtcdConfig config(Path dataDir) throws IOException {
    Path scratch = dataDir.resolve("run");
    if (listen.startsWith(UNIX)) {
      if (trustedCa != null && (cert == null || key == null)) {
        throw wrongUsage("--trusted-ca needs --cert and --key");
      }
      return new EtcdConfig(socket(), cert == null && key == null ? null : tls(), scratch);
    }
    HostPort address = address();
    if (!insecure
        && cert != null
        && trustedCa == null
        && !InetAddress.getByName(address.host()).isLoopbackAddress()) {
      throw wrongUsage("--trusted-ca is needed where others than this machine reach " + address);
    }
    EtcdTls tls = insecure ? plainText(address) : tls();
    boolean everywhere = InetAddress.getByName(address.host()).isAnyLocalAddress();
    String reached = everywhere ? "127.0.0.1" : address.host();
    var tcp =
        new EtcdAddress.Tcp(
            address.host(), address.port(), advertise == null ? reached : advertise);
    return new EtcdConfig(tcp, tls, scratch);
  }

  private EtcdAddress socket() {
    try {
      return new EtcdAddress.Unix(Path.of(listen.substring(UNIX.length())));
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, "--listen: " + e.getMessage(), e);
    }
  }

  private HostPort address() {
    try {
      return HostPort.parse(listen);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.WRONG_USAGE, "--listen: " + e.getMessage(), e);
    }
  }

  private @Nullable EtcdTls plainText(HostPort address) throws IOException {
    if (cert != null || key != null || trustedCa != null) {
      throw wrongUsage("--insecure is for plain text; leave out --cert, --key and --trusted-ca");
    }
    if (!InetAddress.getByName(address.host()).isLoopbackAddress()) {
      throw wrongUsage("--insecure needs a loopback address, which %s is not".formatted(address));
    }
    return null;
  }

  private EtcdTls tls() throws IOException {
    if (cert == null || key == null) {
      throw wrongUsage("--cert and --key are needed, or --insecure on a loopback address");
    }
    return TlsFiles.identity(cert, key, TlsFiles.certificates(trustedCa));
  }

  private static CommandException wrongUsage(String message) {
    return new CommandException(ExitCode.WRONG_USAGE, message);
  }
}
