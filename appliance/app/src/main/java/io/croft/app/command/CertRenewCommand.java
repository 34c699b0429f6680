package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.certificates.api.Conditions;
import io.croft.model.ApiObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `croft cert renew`: has certificates issued anew, due or not, as `cmctl renew` does.
@Command(
    name = "renew",
    description = "Has certificates issued anew now, due or not.",
    footer = {"", "Example:", "  croft cert renew web -n shop"})
final class CertRenewCommand implements Callable<Integer> {
  private static final String MESSAGE = "Certificate re-issuance manually triggered";

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The namespace that they are in. Default: default.")
  private String namespace = "default";

  @Parameters(paramLabel = "NAME", arity = "1..*", description = "The certificates.")
  private List<String> names = List.of();

  CertRenewCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    try (ApplianceClient client = RunningAppliance.client(common.configuration(shell))) {
      for (String name : names) {
        String path =
            "/apis/cert-manager.io/v1/namespaces/%s/certificates/%s"
                .formatted(segment(namespace), segment(name));
        renew(client, path);
        shell.out().println("certificate %s/%s is being renewed".formatted(namespace, name));
      }
    }
    return ExitCode.DONE.code();
  }

  private static void renew(ApplianceClient client, String path) throws Exception {
    ObjectNode json = client.read(path);
    ApiObject certificate = ApiObject.of(json);
    Conditions.set(
        certificate, Conditions.ISSUING, true, "ManuallyTriggered", MESSAGE, Instant.now(), true);
    client.write("PUT", path + "/status", "application/json", json);
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
