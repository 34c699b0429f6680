package io.croft.fleet.component;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.client.ApiClient;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.NodeAuthorizer;
import io.croft.model.ApiObject;
import java.util.List;
import java.util.stream.Stream;

/// What a host may read of components: those that it was told to have, and what these refer to. It
/// is looked up at the moment: a host asks right after it was told.
public final class AssignedComponents implements NodeAuthorizer.Assigned {
  private final ApiClient client;

  /// @param client may read everything
  public AssignedComponents(ApiClient client) {
    this.client = client;
  }

  @Override
  public boolean component(String node, String name) {
    return names(node).contains(name);
  }

  @Override
  public boolean source(String node, String kind, String namespace, String name) {
    return names(node).stream()
        .flatMap(component -> client.find(FleetKinds.COMPONENTS, "", component).stream())
        .flatMap(AssignedComponents::sources)
        .anyMatch(source ->
            source.path("kind").asText().equals(kind)
                && source.path("namespace").asText().equals(namespace)
                && source.path("name").asText().equals(name));
  }

  private List<String> names(String node) {
    return client
        .find(FleetKinds.MACHINES, "", node)
        .filter(machine -> machine.deletionTimestamp() == null)
        .map(Assignment::of)
        .orElse(List.of())
        .stream()
        .filter(told -> !told.remove())
        .map(Assignment::componentName)
        .toList();
  }

  private static Stream<JsonNode> sources(ApiObject component) {
    JsonNode spec = component.json().path("spec");
    Stream<JsonNode> scripts =
        Stream.of("install", "check", "remove").map(s -> spec.path(s).path("scriptFrom"));
    Stream<JsonNode> files = spec.path("files").valueStream().map(f -> f.path("contentFrom"));
    return Stream.concat(scripts, files);
  }
}
