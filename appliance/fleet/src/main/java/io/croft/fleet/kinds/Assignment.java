package io.croft.fleet.kinds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a host was told about one component: an entry of `spec.components` of its `Machine`. One
/// that is not there says nothing: the host leaves alone what it has.
///
/// @param remove whether it should go instead
/// @param set the `MachineComponentSet` that wants it
/// @param revision grows with every change, so that what a host says is known to be about this
public record Assignment(
    String component, String version, boolean remove, String set, long revision) {

  /// Of a machine, in their order there.
  public static List<Assignment> of(ApiObject machine) {
    var all = new ArrayList<Assignment>();
    for (JsonNode entry : machine.json().path("spec").path("components")) {
      all.add(
          new Assignment(
              entry.path("component").asText(),
              entry.path("version").asText(),
              entry.path("remove").asBoolean(),
              entry.path("set").asText(),
              entry.path("revision").asLong()));
    }
    return List.copyOf(all);
  }

  public static Optional<Assignment> of(ApiObject machine, String component) {
    return of(machine).stream().filter(a -> a.component().equals(component)).findFirst();
  }

  public ObjectNode json() {
    ObjectNode json =
        Json.object()
            .put("component", component)
            .put("version", version)
            .put("set", set)
            .put("revision", revision);
    if (remove) {
      json.put("remove", true);
    }
    return json;
  }

  /// The name of the `MachineComponent` that says how.
  public String componentName() {
    return component + "-" + version;
  }
}
