package io.croft.certificates.definition;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Provisioner;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.schema.SchemaText;
import java.util.List;
import java.util.Locale;

/// Installs the definitions of cert-manager's kinds and the roles that let users have them.
public final class CertificateDefinitions implements Component {
  /// The version of upstream whose API this is; `cmctl version` reads it off the definitions.
  static final String UPSTREAM_VERSION = "v1.21.1";

  private final ApiClient client;
  private final String namespace;
  private volatile boolean installed;

  /// @param namespace where the Secrets of cluster issuers are; made where it is missing
  public CertificateDefinitions(ApiClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  @Override
  public String name() {
    return "certificate-kinds";
  }

  @Override
  public void start() {
    var provisioner = new Provisioner(client);
    String digest =
        Provisioner.digest(text() + UPSTREAM_VERSION + Definition.ALL + AggregatedRoles.text());
    all().forEach(wanted -> provisioner.put(Provisioner.DEFINITIONS, wanted, digest));
    AggregatedRoles.all().forEach(role -> provisioner.put(AggregatedRoles.RESOURCE, role, digest));
    provisioner.namespace(namespace);
    installed = true;
  }

  @Override
  public boolean ready() {
    return installed;
  }

  @Override
  public void stop() {}

  /// All definitions, as they are applied.
  static List<ApiObject> all() {
    var schemas = new SchemaText(text());
    return Definition.ALL.stream().map(d -> d.toObject(schemas)).toList();
  }

  private static String text() {
    return Provisioner.text(CertificateDefinitions.class, "kinds.txt");
  }

  /// @param selectable whether objects can be selected by their issuer
  private record Definition(
      String group,
      String version,
      String kind,
      List<String> shortNames,
      boolean namespaced,
      boolean selectable,
      List<Column> columns) {
    private static final String READY = condition("Ready", "status");
    private static final String READY_MESSAGE = condition("Ready", "message");
    private static final String CERT_MANAGER = "cert-manager.io";
    private static final String ACME = "acme.cert-manager.io";
    private static final String TRUST = "trust.cert-manager.io";

    static final List<Definition> ALL =
        List.of(
            new Definition(
                CERT_MANAGER,
                "v1",
                "Certificate",
                List.of("cert", "certs"),
                true,
                true,
                List.of(
                    new Column("Ready", READY, false),
                    new Column("Secret", ".spec.secretName", false),
                    new Column("Issuer", ".spec.issuerRef.name", true),
                    new Column("Status", READY_MESSAGE, true),
                    new Column("Expiration", ".status.notAfter", true))),
            new Definition(
                CERT_MANAGER,
                "v1",
                "CertificateRequest",
                List.of("cr", "crs"),
                true,
                true,
                List.of(
                    new Column("Approved", condition("Approved", "status"), false),
                    new Column("Denied", condition("Denied", "status"), false),
                    new Column("Ready", READY, false),
                    new Column("Issuer", ".spec.issuerRef.name", false),
                    new Column("Requester", ".spec.username", false),
                    new Column("Status", READY_MESSAGE, true))),
            issuer("Issuer", "iss", true),
            issuer("ClusterIssuer", "ciss", false),
            new Definition(
                ACME,
                "v1",
                "Order",
                List.of(),
                true,
                true,
                List.of(
                    new Column("State", ".status.state", false),
                    new Column("Issuer", ".spec.issuerRef.name", true),
                    new Column("Reason", ".status.reason", true))),
            new Definition(
                ACME,
                "v1",
                "Challenge",
                List.of(),
                true,
                true,
                List.of(
                    new Column("State", ".status.state", false),
                    new Column("Domain", ".spec.dnsName", false),
                    new Column("Reason", ".status.reason", true))),
            new Definition(
                TRUST,
                "v1alpha1",
                "Bundle",
                List.of(),
                false,
                false,
                List.of(
                    new Column("ConfigMap Target", ".spec.target.configMap.key", false),
                    new Column("Secret Target", ".spec.target.secret.key", false),
                    new Column("Synced", condition("Synced", "status"), false),
                    new Column("Reason", condition("Synced", "reason"), false))));

    private static Definition issuer(String kind, String shortName, boolean namespaced) {
      return new Definition(
          CERT_MANAGER,
          "v1",
          kind,
          List.of(shortName),
          namespaced,
          false,
          List.of(new Column("Ready", READY, false), new Column("Status", READY_MESSAGE, true)));
    }

    private static String condition(String type, String field) {
      return ".status.conditions[?(@.type == \"" + type + "\")]." + field;
    }

    String plural() {
      return kind.toLowerCase(Locale.ROOT) + "s";
    }

    String name() {
      return plural() + "." + group;
    }

    ApiObject toObject(SchemaText schemas) {
      ObjectNode json =
          Json.object()
              .put("apiVersion", "apiextensions.k8s.io/v1")
              .put("kind", "CustomResourceDefinition");
      ObjectNode metadata = json.putObject("metadata").put("name", name());
      ObjectNode labels = metadata.putObject("labels").put("app.kubernetes.io/managed-by", "croft");
      if (group.equals(TRUST)) {
        labels.put("app.kubernetes.io/name", "trust-manager");
      } else {
        labels
            .put("app.kubernetes.io/name", "cert-manager")
            .put("app.kubernetes.io/version", UPSTREAM_VERSION);
      }
      ObjectNode spec = json.putObject("spec").put("group", group);
      spec.put("scope", namespaced ? "Namespaced" : "Cluster");
      names(spec.putObject("names"));
      version(spec.putArray("versions").addObject(), schemas);
      return ApiObject.of(json);
    }

    private void names(ObjectNode names) {
      names
          .put("kind", kind)
          .put("listKind", kind + "List")
          .put("plural", plural())
          .put("singular", kind.toLowerCase(Locale.ROOT));
      if (!shortNames.isEmpty()) {
        shortNames.forEach(names.putArray("shortNames")::add);
      }
      if (!group.equals(TRUST)) {
        names.putArray("categories").add("cert-manager");
      }
      if (group.equals(ACME)) {
        names.withArray("categories").add("cert-manager-acme");
      }
    }

    private void version(ObjectNode version, SchemaText schemas) {
      version.put("name", this.version).put("served", true).put("storage", true);
      version.putObject("subresources").putObject("status");
      version.putObject("schema").set("openAPIV3Schema", schemas.kind(kind));
      if (selectable) {
        ArrayNode fields = version.putArray("selectableFields");
        for (String field : List.of("group", "kind", "name")) {
          fields.addObject().put("jsonPath", ".spec.issuerRef." + field);
        }
      }
      ArrayNode printed = version.putArray("additionalPrinterColumns");
      columns.forEach(column -> printed.add(column.toJson()));
      printed
          .addObject()
          .put("name", "Age")
          .put("type", "date")
          .put("jsonPath", ".metadata.creationTimestamp");
    }
  }

  /// @param wide whether only `-o wide` shows it
  private record Column(String name, String path, boolean wide) {
    ObjectNode toJson() {
      ObjectNode json = Json.object().put("name", name).put("type", "string").put("jsonPath", path);
      return wide ? json.put("priority", 1) : json;
    }
  }
}
