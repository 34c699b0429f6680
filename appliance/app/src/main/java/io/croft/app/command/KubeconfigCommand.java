package io.croft.app.command;

import io.croft.app.config.Configuration;
import io.croft.app.runtime.Endpoint;
import io.croft.app.runtime.Kubeconfig;
import io.croft.app.runtime.PkiSettings;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft kubeconfig`: what kubectl needs to log in. Works on the data directory, so the appliance
/// need not run.
@Command(
    name = "kubeconfig",
    description = "Prints a kubeconfig for the administrator, or for a user that it certifies.",
    footer = {
      "",
      "Example:",
      "  croft kubeconfig > croft.kubeconfig",
      "  croft kubeconfig --user alice --group developers --server https://croft.example:8443"
          + " --file alice.kubeconfig"
    })
final class KubeconfigCommand implements Callable<Integer> {
  private static final Duration USER_TTL = Duration.ofDays(365);

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "Certify this user for a year. Default: the administrator.")
  private @Nullable String user;

  @Option(
      names = "--group",
      paramLabel = "GROUP",
      description = "A group of the user; may be given several times.")
  private List<String> groups = List.of();

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Where the user reaches the API. Default: as this machine reaches it.")
  private @Nullable String server;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Write to a new file that only you can read. Default: standard output.")
  private @Nullable Path file;

  KubeconfigCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    if (user == null && !groups.isEmpty()) {
      throw new CommandException(ExitCode.WRONG_USAGE, "--group needs --user");
    }
    Configuration configuration = common.configuration(shell);
    Pki pki =
        Pki.read(
            PkiDirectory.existing(configuration),
            PkiSettings.config(configuration.settings()),
            InstantSource.system());
    Identity identity = user == null ? pki.admin() : pki.issueClient(user, groups, USER_TTL);
    var kubeconfig =
        new Kubeconfig(
            serverUrl(configuration),
            pki.serverAuthority().trusted(),
            user == null ? Kubeconfig.ADMIN : user,
            identity);
    if (file == null) {
      shell.out().print(kubeconfig.text());
    } else {
      new NewFile(file).write(out -> out.write(kubeconfig.text().getBytes(StandardCharsets.UTF_8)));
    }
    return ExitCode.DONE.code();
  }

  private String serverUrl(Configuration configuration) throws IOException {
    if (server == null) {
      return Endpoint.read(configuration.dataDir())
          .orElseGet(() -> Endpoint.of(configuration.settings().get(Configuration.LISTEN)))
          .url();
    }
    URI uri = URI.create(server);
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "--server must be of the form https://HOST:PORT, not " + server);
    }
    return server;
  }
}
