package io.croft.app.command;

import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.app.doctor.Doctor;
import io.croft.app.doctor.Host;
import io.croft.app.runtime.Version;
import io.croft.app.support.SupportBundle;
import io.croft.base.Settings.Effective;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft support-bundle`: one file for whoever helps.
@Command(
    name = "support-bundle",
    description = {
      "Writes one ZIP file with what is needed to find out what is wrong: the doctor's findings,"
          + " components, settings, logs, facts about the machine.",
      "No Secret, key or token is in it; read it before you hand it on nevertheless."
    },
    footer = {"", "Example:", "  croft support-bundle --file /tmp/croft-support.zip"})
final class SupportBundleCommand implements Callable<Integer> {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  /// Kinds that hold no secrets, and say what the appliance does.
  private static final List<String> RESOURCES =
      List.of(
          "/readyz?verbose",
          "/version",
          "/apis/appliance.croft.io/v1alpha1/appliancecomponents",
          "/api/v1/nodes",
          "/api/v1/namespaces",
          "/api/v1/events?limit=2000",
          "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit=500",
          "/apis/apiregistration.k8s.io/v1/apiservices",
          "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
          "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
          "/apis/certificates.k8s.io/v1/certificatesigningrequests?limit=500",
          "/apis/cert-manager.io/v1/certificates?limit=500",
          "/apis/gateway.networking.k8s.io/v1/httproutes?limit=500",
          "/metrics");

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Where to write it. Default: croft-support-TIME.zip in the current directory.")
  private @Nullable Path file;

  @Option(
      names = "--audit",
      description = "Include the audit log, which names users, their addresses and what they did.")
  private boolean audit;

  SupportBundleCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    Path to =
        file == null ? Path.of("croft-support-" + STAMP.format(Instant.now()) + ".zip") : file;
    new NewFile(to)
        .write(out -> {
          try (var bundle = new SupportBundle(out)) {
            fill(bundle, configuration);
          }
        });
    shell.out().println(to.toAbsolutePath());
    return ExitCode.DONE.code();
  }

  private void fill(SupportBundle bundle, Configuration configuration) throws IOException {
    Path dataDir = configuration.dataDir();
    bundle.add("version.txt", () -> Version.current().toString());
    bundle.add("doctor.txt", () -> findings(configuration));
    bundle.add("settings.txt", () -> settings(configuration));
    bundle.addMachine();
    bundle.addListing(dataDir);
    bundle.addLogs(dataDir.resolve("logs"), "croft");
    if (audit) {
      bundle.addLogs(dataDir.resolve("logs"), "audit");
    }
    addResources(bundle, configuration);
  }

  private static String findings(Configuration configuration) {
    var text = new StringBuilder();
    var host = new Host(Path.of("/"), configuration, InstantSource.system());
    new Doctor(host, true)
        .examine(
            false,
            result ->
                text.append(
                    "%-8s %-22s %s%n"
                        .formatted(
                            result.finding().level(), result.check(), result.finding().message())));
    return text.toString();
  }

  private static String settings(Configuration configuration) {
    return configuration.settings().effective().stream()
        .map((Effective setting) ->
            "%s = %s (%s)".formatted(setting.key(), setting.shown(), setting.origin()))
        .collect(Collectors.joining("\n"));
  }

  private static void addResources(SupportBundle bundle, Configuration configuration)
      throws IOException {
    Optional<ApplianceClient> running;
    try {
      running = StoreSource.of(configuration).running();
    } catch (Exception e) {
      bundle.add("api.txt", () -> "cannot be asked: " + e.getMessage());
      return;
    }
    if (running.isEmpty()) {
      bundle.add("api.txt", () -> "the appliance does not run");
      return;
    }
    try (ApplianceClient client = running.get()) {
      for (String path : RESOURCES) {
        String name = path.substring(1).replaceFirst("\\?.*", "");
        bundle.addAnswer("api/" + name + ".txt", () -> client.text(path));
      }
    }
  }
}
