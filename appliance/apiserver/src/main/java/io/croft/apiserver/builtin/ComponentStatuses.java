package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.columns.ClusterColumns;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// The core group's resources of which nothing is kept: how the parts of the control plane do, and
/// bindings, which are only made.
public final class ComponentStatuses {
  private static final String DEFINITIONS = "io.k8s.api.core.v1.";

  private ComponentStatuses() {}

  /// @param readiness the parts, by name, and whether they are ready
  public static List<ResourceType> all(
      Definitions definitions, Supplier<Map<String, Boolean>> readiness) {
    return List.of(
        type(
            definitions,
            "ComponentStatus",
            "componentstatuses",
            List.of("cs"),
            Set.of("get", "list"),
            ClusterColumns.componentStatus(),
            new Backing.Computed() {
              @Override
              public List<ObjectNode> list() {
                return readiness.get().entrySet().stream()
                    .map(part -> status(part.getKey(), part.getValue()))
                    .toList();
              }
            }),
        type(
            definitions,
            "Binding",
            "bindings",
            List.of(),
            Set.of("create"),
            List.of(Column.NAME),
            new Backing.Computed() {}));
  }

  private static ResourceType type(
      Definitions definitions,
      String kind,
      String plural,
      List<String> shortNames,
      Set<String> verbs,
      List<Column> columns,
      Backing backing) {
    String singular = kind.toLowerCase(Locale.ROOT);
    String definition = DEFINITIONS + kind;
    return new ResourceType(
        new GroupVersionResource("", "v1", plural),
        new ResourceType.Names(kind, kind + "List", singular, shortNames, List.of()),
        kind.equals("Binding"),
        verbs,
        Set.of(),
        backing,
        definitions.schema(definition),
        null,
        Json.object().put("$ref", Definitions.REF + definition),
        columns,
        Set.of(),
        false);
  }

  private static ObjectNode status(String part, boolean ready) {
    ObjectNode status = Json.object().put("kind", "ComponentStatus").put("apiVersion", "v1");
    status.putObject("metadata").put("name", part);
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Healthy")
        .put("status", ready ? "True" : "False")
        .put("message", ready ? "ok" : "not ready");
    return status;
  }
}
