package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.issuing.Preview;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `croft cert plan`: what would be issued for a manifest, without writing any of it.
@Command(
    name = "plan",
    description = {
      "Says what would be issued for the Certificates in a file, and why, without writing"
          + " anything.",
      "The server checks them as if they were applied. Fails when one could not be issued."
    },
    footer = {"", "Example:", "  croft cert plan -f web.yaml"})
final class CertPlanCommand implements Callable<Integer> {
  private static final String API = "/apis/cert-manager.io/v1";
  private static final String JSON = "application/json";
  private static final Pattern BETWEEN_DOCUMENTS = Pattern.compile("(?m)^---([ \\t].*)?$");

  /// @param problem empty when nothing is in the way
  private record Row(ApiObject certificate, Preview preview, String problem) {
    String issuer() {
      return CertificateSpec.of(certificate).issuerRef().name();
    }

    String action() {
      return preview.why().isEmpty() ? "keep" : "issue";
    }

    String because() {
      return problem.isEmpty() ? preview.why().orElse("") : problem;
    }
  }

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The namespace of Certificates that do not name theirs. Default: default.")
  private String namespace = "default";

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      required = true,
      description = "YAML or JSON. Objects of other kinds in it are passed over.")
  private Path file = Path.of("");

  CertPlanCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws Exception {
    List<ApiObject> certificates = certificates();
    var rows = new ArrayList<Row>();
    try (ApplianceClient client = RunningAppliance.client(common.configuration(shell))) {
      for (ApiObject certificate : certificates) {
        rows.add(plan(client, certificate));
      }
    }
    switch (output.format) {
      case table -> print(rows);
      case json -> printJson(rows);
    }
    boolean possible = rows.stream().allMatch(row -> row.problem().isEmpty());
    return (possible ? ExitCode.DONE : ExitCode.FAILED).code();
  }

  private List<ApiObject> certificates() throws IOException {
    var certificates = new ArrayList<ApiObject>();
    for (String document : BETWEEN_DOCUMENTS.split(Files.readString(file), -1)) {
      try {
        JsonNode json = Yaml.parse(document.getBytes(StandardCharsets.UTF_8));
        if (json instanceof ObjectNode object && isCertificate(object)) {
          ApiObject certificate = ApiObject.of(object);
          certificates.add(
              certificate.namespace().isEmpty()
                  ? certificate.setNamespace(namespace)
                  : certificate);
        }
      } catch (MalformedYamlException e) {
        throw new CommandException(ExitCode.FAILED, file + ": " + e.getMessage());
      }
    }
    if (certificates.isEmpty()) {
      throw new CommandException(ExitCode.FAILED, "there is no Certificate in " + file);
    }
    return certificates;
  }

  private static boolean isCertificate(ObjectNode object) {
    return object.path("kind").asText("").equals("Certificate")
        && object.path("apiVersion").asText("").startsWith("cert-manager.io/");
  }

  private static Row plan(ApplianceClient client, ApiObject wanted) throws Exception {
    ApiObject certificate = ApiObject.of(written(client, wanted));
    String space = "/namespaces/" + segment(certificate.namespace());
    Optional<ApiObject> secret =
        find(client, "/api/v1" + space + "/secrets", CertificateSpec.of(certificate).secretName());
    Optional<ApiObject> request = Optional.empty();
    Optional<String> requestName = Preview.requestName(certificate);
    if (requestName.isPresent()) {
      request = find(client, API + space + "/certificaterequests", requestName.get());
    }
    Preview preview = Preview.of(certificate, secret, request, Instant.now());
    String problem = preview.why().isEmpty() ? "" : problem(client, certificate, space);
    return new Row(certificate, preview, problem);
  }

  /// The object as it would be, checked by the server.
  private static ObjectNode written(ApplianceClient client, ApiObject wanted) throws Exception {
    String collection = "%s/namespaces/%s/certificates".formatted(API, segment(wanted.namespace()));
    String dryRun = "?dryRun=All";
    Optional<ApiObject> present = find(client, collection, wanted.name());
    if (present.isEmpty()) {
      return client.write("POST", collection + dryRun, JSON, wanted.json());
    }
    ObjectNode changed = present.get().json();
    changed.set("spec", wanted.json().path("spec"));
    String path = collection + "/" + segment(wanted.name()) + dryRun;
    return client.write("PUT", path, JSON, changed);
  }

  /// What is in the way of the issuer.
  private static String problem(ApplianceClient client, ApiObject certificate, String space)
      throws Exception {
    IssuerRef ref = CertificateSpec.of(certificate).issuerRef();
    if (!ref.ours()) {
      return ""; // who knows what signs for it
    }
    String path = ref.cluster() ? API + "/clusterissuers" : API + space + "/issuers";
    Optional<ApiObject> issuer = find(client, path, ref.name());
    if (issuer.isEmpty()) {
      return "the issuer %s does not exist".formatted(ref);
    }
    if (Conditions.isTrue(issuer.get(), Conditions.READY)) {
      return "";
    }
    String why =
        Conditions.find(issuer.get(), Conditions.READY).map(Condition::message).orElse("new");
    return "the issuer %s is not ready: %s".formatted(ref, why);
  }

  private static Optional<ApiObject> find(ApplianceClient client, String collection, String name)
      throws Exception {
    String selector = "?fieldSelector=metadata.name%3D" + segment(name);
    for (JsonNode item : client.read(collection + selector).path("items")) {
      if (item instanceof ObjectNode object) {
        return Optional.of(ApiObject.of(object));
      }
    }
    return Optional.empty();
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void print(List<Row> rows) {
    var table = new Table("NAMESPACE", "NAME", "ACTION", "ISSUER", "EXPIRES", "RENEWAL", "BECAUSE");
    for (Row row : rows) {
      table.row(
          row.certificate().namespace(),
          row.certificate().name(),
          row.problem().isEmpty() ? row.action() : "fail",
          row.issuer(),
          Conditions.format(row.preview().expires()),
          row.preview().renewal().map(Conditions::format).orElse("-"),
          row.because());
    }
    table.print(shell.out());
  }

  private void printJson(List<Row> rows) {
    ArrayNode list = Json.array();
    for (Row row : rows) {
      ObjectNode json =
          list.addObject()
              .put("namespace", row.certificate().namespace())
              .put("name", row.certificate().name())
              .put("action", row.problem().isEmpty() ? row.action() : "fail")
              .put("issuer", row.issuer())
              .put("notAfter", Conditions.format(row.preview().expires()))
              .put("because", row.because());
      row.preview().renewal().ifPresent(time -> json.put("renewalTime", Conditions.format(time)));
    }
    shell.out().println(list.toPrettyString());
  }
}
