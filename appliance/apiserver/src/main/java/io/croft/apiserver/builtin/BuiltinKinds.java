package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.Strategy;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The resources that are served whatever happens.
public final class BuiltinKinds {
  private static final String CORE = "io.k8s.api.core.v1.";
  private static final String RBAC = "io.k8s.api.rbac.v1.";
  private static final String RBAC_GROUP = "rbac.authorization.k8s.io";
  private static final String CRD =
      "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition";

  private final Definitions definitions;
  private final List<ResourceType> types = new ArrayList<>();

  private BuiltinKinds(Definitions definitions) {
    this.definitions = definitions;
  }

  /// @param customResourceDefinitions the rules of CRDs, which change what is served
  /// @param services the rules of services, which keep what is allocated to them
  /// @param remote told of the APIs that other servers serve
  public static List<ResourceType> all(
      Definitions definitions,
      Strategy customResourceDefinitions,
      ServiceStrategy services,
      RemoteApis remote,
      InstantSource clock) {
    var kinds = new BuiltinKinds(definitions);
    kinds.core();
    CoreKinds.all(services).forEach(kinds::add);
    kinds.events();
    kinds.coordination();
    WorkloadKinds.all(definitions).forEach(kinds::add);
    NetworkKinds.all().forEach(kinds::add);
    StorageKinds.all().forEach(kinds::add);
    ExtensionKinds.all(remote, clock).forEach(kinds::add);
    kinds.rbac();
    kinds.apiextensions(customResourceDefinitions);
    return List.copyOf(kinds.types);
  }

  private void core() {
    add(
        kind("", "Namespace", "namespaces")
            .named("namespace", "ns")
            .cluster()
            .subresources("status", "finalize")
            .without("deletecollection")
            .rules(new NamespaceStrategy())
            .columns(Column.NAME, status("Status", "The phase of its life.", "phase"), Column.AGE)
            .selectable("status.phase"));
    add(
        kind("", "ConfigMap", "configmaps")
            .named("configmap", "cm")
            .rules(new ConfigMapStrategy())
            .columns(Column.NAME, count("Data", "data", "binaryData"), Column.AGE));
    add(
        kind("", "Secret", "secrets")
            .named("secret")
            .rules(new SecretStrategy())
            .columns(
                Column.NAME,
                field("Type", "What it is for.", "type"),
                count("Data", "data"),
                Column.AGE)
            .selectable("type"));
    add(
        kind("", "ServiceAccount", "serviceaccounts")
            .named("serviceaccount", "sa")
            .subresources("token")
            .columns(Column.NAME, count("Secrets", "secrets"), Column.AGE));
  }

  /// Events are served by two groups and stored once, as the core group's.
  private void events() {
    add(
        kind("", "Event", "events")
            .named("event", "ev")
            .at("/registry/events")
            .rules(new EventStrategy())
            .columns(EventColumns.of("involvedObject", "message", "count", "lastTimestamp"))
            .selectable(
                "involvedObject.kind",
                "involvedObject.namespace",
                "involvedObject.name",
                "involvedObject.uid",
                "involvedObject.apiVersion",
                "involvedObject.resourceVersion",
                "involvedObject.fieldPath",
                "reason",
                "reportingComponent",
                "source.component",
                "type"));
    add(
        new Kind("events.k8s.io", "Event", "events", "io.k8s.api.events.v1.Event")
            .named("event", "ev")
            .at("/registry/events")
            .converted(new EventConversion())
            .rules(new EventStrategy())
            .columns(
                EventColumns.of("regarding", "note", "deprecatedCount", "deprecatedLastTimestamp"))
            .selectable(
                "regarding.kind",
                "regarding.namespace",
                "regarding.name",
                "regarding.uid",
                "reason",
                "reportingController",
                "type"));
  }

  private void coordination() {
    add(
        new Kind("coordination.k8s.io", "Lease", "leases", "io.k8s.api.coordination.v1.Lease")
            .named("lease")
            .rules(new LeaseStrategy())
            .columns(
                Column.NAME,
                Column.text(
                    "Holder",
                    "Who holds the lease.",
                    (o, now) -> o.path("spec").path("holderIdentity").asText("")),
                Column.AGE));
  }

  private void rbac() {
    add(rbac("Role", "roles").columns(Column.NAME, createdAt()));
    add(rbac("RoleBinding", "rolebindings").columns(bindingColumns()));
    add(rbac("ClusterRole", "clusterroles").cluster().columns(Column.NAME, createdAt()));
    add(rbac("ClusterRoleBinding", "clusterrolebindings").cluster().columns(bindingColumns()));
  }

  private static Kind rbac(String kind, String plural) {
    return new Kind(RBAC_GROUP, kind, plural, RBAC + kind)
        .named(kind.toLowerCase(Locale.ROOT))
        .rules(kind.endsWith("Binding") ? new RoleBindingStrategy() : new RoleStrategy());
  }

  private static Column createdAt() {
    return Column.text(
        "Created At",
        "When it was created.",
        (o, now) -> o.path("metadata").path("creationTimestamp").asText(""));
  }

  private static Column[] bindingColumns() {
    return new Column[] {
      Column.NAME,
      Column.text(
          "Role",
          "The role that is granted.",
          (o, now) ->
              o.path("roleRef").path("kind").asText("")
                  + "/"
                  + o.path("roleRef").path("name").asText("")),
      Column.AGE,
      subjects("Users", "User"),
      subjects("Groups", "Group"),
      subjects("ServiceAccounts", "ServiceAccount")
    };
  }

  private static Column subjects(String name, String kind) {
    return Column.text(
            name,
            "Whom the role is granted to.",
            (o, now) -> {
              var names = new ArrayList<String>();
              for (var subject : o.path("subjects")) {
                if (subject.path("kind").asText("").equals(kind)) {
                  String namespace = subject.path("namespace").asText("");
                  String own = subject.path("name").asText("");
                  names.add(namespace.isEmpty() ? own : namespace + "/" + own);
                }
              }
              return String.join(", ", names);
            })
        .wide();
  }

  private void apiextensions(Strategy strategy) {
    add(
        new Kind(
                "apiextensions.k8s.io",
                "CustomResourceDefinition",
                "customresourcedefinitions",
                CRD)
            .named("customresourcedefinition", "crd", "crds")
            .at("/registry/apiextensions.k8s.io/customresourcedefinitions")
            .cluster()
            .subresources("status")
            .categories("api-extensions")
            .rules(strategy)
            .columns(Column.NAME, createdAt()));
  }

  private static Kind kind(String group, String kind, String plural) {
    return new Kind(group, kind, plural, CORE + kind);
  }

  private static Column field(String name, String description, String field) {
    return Column.text(name, description, (o, now) -> o.path(field).asText(""));
  }

  private static Column status(String name, String description, String field) {
    return Column.text(name, description, (o, now) -> o.path("status").path(field).asText(""));
  }

  private static Column count(String name, String... fields) {
    return new Column(
        name,
        "string",
        "",
        "How many it holds.",
        0,
        (o, now) -> {
          int size = 0;
          for (String field : fields) {
            size += o.path(field).size();
          }
          return JsonNodeFactory.instance.numberNode(size);
        });
  }

  private void add(Kind kind) {
    types.add(kind.type(definitions));
  }
}
