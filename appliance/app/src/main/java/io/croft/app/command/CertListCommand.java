package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.app.runtime.PkiSettings;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.GoDuration;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.FrontProxy;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `croft cert list`: all certificates and when they end, the appliance's own among them.
@Command(
    name = "list",
    description = {
      "Lists the certificates of all namespaces and the appliance's own, those that end first"
          + " first.",
      "The last column says in words what is wrong, where something is."
    },
    footer = {"", "Example:", "  croft cert list --expiring 30d"})
final class CertListCommand implements Callable<Integer> {
  private static final String CERTIFICATES = "/apis/cert-manager.io/v1/certificates";

  /// @param namespace empty for the appliance's own
  /// @param expires empty while there is no certificate
  private record Row(
      String namespace,
      String name,
      boolean ready,
      String issuer,
      Optional<Instant> expires,
      Optional<Instant> renewal,
      String status) {
    Instant end() {
      return expires.orElse(Instant.MIN);
    }
  }

  private final Shell shell;

  @Mixin final CommonOptions common = new CommonOptions();
  @Mixin private final OutputOption output = new OutputOption();

  @Option(
      names = "--expiring",
      paramLabel = "TIME",
      converter = Days.class,
      description =
          "Only those that end within this time, for example 30d or 12h, and those that have no"
              + " certificate.")
  private @Nullable Duration expiring;

  CertListCommand(Shell shell) {
    this.shell = shell;
  }

  /// Days, or what Kubernetes takes for a duration.
  static final class Days implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return text.matches("\\d{1,6}d")
            ? Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1)))
            : GoDuration.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("expected a time such as 30d or 12h, got " + text);
      }
    }
  }

  @Override
  public Integer call() throws Exception {
    Configuration configuration = common.configuration(shell);
    var rows = new ArrayList<Row>();
    try (ApplianceClient client = RunningAppliance.client(configuration)) {
      for (JsonNode item : client.read(CERTIFICATES).path("items")) {
        if (item instanceof ObjectNode certificate) {
          rows.add(row(ApiObject.of(certificate)));
        }
      }
    }
    rows.addAll(own(configuration));
    Instant now = Instant.now();
    if (expiring != null) {
      Instant end = now.plus(expiring);
      rows.removeIf(row -> row.end().isAfter(end));
    }
    rows.sort(
        Comparator.comparing(Row::end).thenComparing(Row::namespace).thenComparing(Row::name));
    switch (output.format) {
      case table -> print(rows);
      case json -> printJson(rows);
    }
    return ExitCode.DONE.code();
  }

  private static Row row(ApiObject certificate) {
    Optional<Condition> ready = Conditions.find(certificate, Conditions.READY);
    Optional<Condition> issuing = Conditions.find(certificate, Conditions.ISSUING);
    boolean isReady = ready.filter(Condition::isTrue).isPresent();
    String status =
        issuing.or(() -> isReady ? Optional.empty() : ready).map(Condition::message).orElse("");
    JsonNode times = certificate.json().path("status");
    return new Row(
        certificate.namespace(),
        certificate.name(),
        isReady,
        CertificateSpec.of(certificate).issuerRef().name(),
        Conditions.time(times.path("notAfter")),
        Conditions.time(times.path("renewalTime")),
        status);
  }

  private static List<Row> own(Configuration configuration) throws PkiException, IOException {
    Pki pki =
        Pki.read(
            PkiDirectory.existing(configuration),
            PkiSettings.config(configuration.settings()),
            InstantSource.system());
    FrontProxy proxy = pki.frontProxy();
    return List.of(
        own("root", pki.serverAuthority().trusted().getFirst()),
        own("ca", pki.serverAuthority().certificate()),
        own("client-ca", pki.clientAuthority().certificate()),
        own("node-ca", pki.nodeAuthority().certificate()),
        own("gateway", pki.server().leaf()),
        own("admin", pki.admin().leaf()),
        own("front-proxy-ca", proxy.authority().certificate()),
        own("front-proxy-client", proxy.client().leaf()));
  }

  private static Row own(String name, X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    boolean valid = end.isAfter(Instant.now());
    return new Row(
        "",
        name,
        valid,
        "appliance",
        Optional.of(end),
        Optional.empty(),
        valid ? "" : "the certificate has expired");
  }

  private void print(List<Row> rows) {
    var table = new Table("NAMESPACE", "NAME", "READY", "ISSUER", "EXPIRES", "RENEWAL", "STATUS");
    for (Row row : rows) {
      table.row(
          row.namespace().isEmpty() ? "(appliance)" : row.namespace(),
          row.name(),
          row.ready() ? "True" : "False",
          row.issuer(),
          row.expires().map(Conditions::format).orElse("-"),
          row.renewal().map(Conditions::format).orElse("-"),
          row.status());
    }
    table.print(shell.out());
  }

  private void printJson(List<Row> rows) {
    ArrayNode list = Json.array();
    for (Row row : rows) {
      ObjectNode json =
          list.addObject()
              .put("namespace", row.namespace())
              .put("name", row.name())
              .put("ready", row.ready())
              .put("issuer", row.issuer())
              .put("status", row.status());
      row.expires().ifPresent(time -> json.put("notAfter", Conditions.format(time)));
      row.renewal().ifPresent(time -> json.put("renewalTime", Conditions.format(time)));
    }
    shell.out().println(list.toPrettyString());
  }
}
