package io.croft.gateway.definition;

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

/// Installs the definitions of Gateway API's kinds and of ours beside them. A definition that is
/// there already is brought up to date when it is ours and this version declares it differently;
/// one that somebody else has installed is left alone.
public final class GatewayDefinitions implements Component {
  /// The version of upstream's API whose standard channel this follows.
  static final String UPSTREAM_VERSION = "v1.4.0";

  private final ApiClient client;
  private volatile boolean installed;

  public GatewayDefinitions(ApiClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "gateway-kinds";
  }

  @Override
  public void start() {
    var provisioner = new Provisioner(client);
    String digest = Provisioner.digest(text() + UPSTREAM_VERSION + Definition.ALL);
    all().forEach(d -> provisioner.putUnlessForeign(Provisioner.DEFINITIONS, d, digest));
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
    return Provisioner.text(GatewayDefinitions.class, "kinds.txt");
  }

  /// @param versions those served, the stored one first
  private record Definition(
      String group,
      String kind,
      String plural,
      List<String> shortNames,
      boolean namespaced,
      boolean status,
      List<String> versions,
      List<Column> columns) {
    private static final String UPSTREAM = "gateway.networking.k8s.io";

    static final List<Definition> ALL =
        List.of(
            new Definition(
                UPSTREAM,
                "GatewayClass",
                "gatewayclasses",
                List.of("gc"),
                false,
                true,
                List.of("v1", "v1beta1"),
                List.of(
                    new Column("Controller", ".spec.controllerName"),
                    new Column("Accepted", condition("Accepted")))),
            new Definition(
                UPSTREAM,
                "Gateway",
                "gateways",
                List.of("gtw"),
                true,
                true,
                List.of("v1", "v1beta1"),
                List.of(
                    new Column("Class", ".spec.gatewayClassName"),
                    new Column("Address", ".status.addresses[*].value"),
                    new Column("Programmed", condition("Programmed")))),
            new Definition(
                UPSTREAM,
                "HTTPRoute",
                "httproutes",
                List.of(),
                true,
                true,
                List.of("v1", "v1beta1"),
                List.of(new Column("Hostnames", ".spec.hostnames"))),
            new Definition(
                UPSTREAM,
                "ReferenceGrant",
                "referencegrants",
                List.of("refgrant"),
                true,
                false,
                List.of("v1beta1"),
                List.of()),
            new Definition(
                UPSTREAM,
                "BackendTLSPolicy",
                "backendtlspolicies",
                List.of("btlspolicy"),
                true,
                true,
                List.of("v1"),
                List.of()),
            new Definition(
                "gateway.croft.io",
                "RouteAccess",
                "routeaccesses",
                List.of(),
                true,
                false,
                List.of("v1alpha1"),
                List.of(
                    new Column("Authentication", ".spec.authentication"),
                    new Column("Audit", ".spec.auditLevel"))),
            new Definition(
                "getambassador.io",
                "Mapping",
                "mappings",
                List.of(),
                true,
                true,
                List.of("v3alpha1"),
                List.of(
                    new Column("Source Host", ".spec.hostname"),
                    new Column("Source Prefix", ".spec.prefix"),
                    new Column("Dest Service", ".spec.service"),
                    new Column("State", ".status.state"),
                    new Column("Reason", ".status.reason"))),
            new Definition(
                "getambassador.io",
                "Host",
                "hosts",
                List.of(),
                true,
                true,
                List.of("v3alpha1"),
                List.of(
                    new Column("Hostname", ".spec.hostname"),
                    new Column("State", ".status.state"))));

    private static String condition(String type) {
      return ".status.conditions[?(@.type == \"" + type + "\")].status";
    }

    String name() {
      return plural + "." + group;
    }

    ApiObject toObject(SchemaText schemas) {
      ObjectNode json =
          Json.object()
              .put("apiVersion", "apiextensions.k8s.io/v1")
              .put("kind", "CustomResourceDefinition");
      ObjectNode metadata = json.putObject("metadata").put("name", name());
      metadata.putObject("labels").put("app.kubernetes.io/managed-by", "croft");
      if (group.equals(UPSTREAM)) {
        metadata
            .putObject("annotations")
            .put("api-approved.kubernetes.io", "https://github.com/kubernetes-sigs/gateway-api")
            .put("gateway.networking.k8s.io/bundle-version", UPSTREAM_VERSION)
            .put("gateway.networking.k8s.io/channel", "standard");
      }
      ObjectNode spec = json.putObject("spec").put("group", group);
      spec.put("scope", namespaced ? "Namespaced" : "Cluster");
      names(spec.putObject("names"));
      ArrayNode served = spec.putArray("versions");
      for (String version : versions) {
        version(served.addObject().put("name", version), schemas)
            .put("storage", version.equals(versions.getFirst()));
      }
      return ApiObject.of(json);
    }

    private void names(ObjectNode names) {
      names
          .put("kind", kind)
          .put("listKind", kind + "List")
          .put("plural", plural)
          .put("singular", kind.toLowerCase(Locale.ROOT));
      if (!shortNames.isEmpty()) {
        shortNames.forEach(names.putArray("shortNames")::add);
      }
      names
          .putArray("categories")
          .add(group.equals("getambassador.io") ? "ambassador-crds" : "gateway-api");
    }

    private ObjectNode version(ObjectNode version, SchemaText schemas) {
      version.put("served", true);
      if (status) {
        version.putObject("subresources").putObject("status");
      }
      version.putObject("schema").set("openAPIV3Schema", schemas.kind(kind));
      ArrayNode printed = version.putArray("additionalPrinterColumns");
      columns.forEach(column -> printed.add(column.toJson()));
      printed
          .addObject()
          .put("name", "Age")
          .put("type", "date")
          .put("jsonPath", ".metadata.creationTimestamp");
      return version;
    }
  }

  private record Column(String name, String path) {
    ObjectNode toJson() {
      return Json.object().put("name", name).put("type", "string").put("jsonPath", path);
    }
  }
}
