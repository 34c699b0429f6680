package io.croft.apiserver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.ComponentStatus;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/// The appliance's own parts as a resource, so that `croft status` needs no way of its own.
final class ApplianceComponents implements Backing.Computed {
  static final GroupVersionResource RESOURCE =
      new GroupVersionResource("appliance.croft.io", "v1alpha1", "appliancecomponents");
  private static final String KIND = "ApplianceComponent";

  private final Supplier<List<ComponentStatus>> components;

  private ApplianceComponents(Supplier<List<ComponentStatus>> components) {
    this.components = components;
  }

  static ResourceType type(Supplier<List<ComponentStatus>> components) {
    ObjectNode schema = schema();
    return new ResourceType(
        RESOURCE,
        new ResourceType.Names(
            KIND, KIND + "List", KIND.toLowerCase(Locale.ROOT), List.of("acomp"), List.of()),
        false,
        Set.of("get", "list"),
        Set.of(),
        new ApplianceComponents(components),
        StructuralSchema.parse(schema),
        null,
        schema,
        List.of(
            Column.NAME,
            status("State", "Where it stands.", "state"),
            status("Since", "When it came into this state.", "since"),
            status("Restarts", "How often it was started again.", "restarts"),
            status("Last Error", "What went wrong last.", "lastError")),
        Set.of(),
        true);
  }

  private static Column status(String name, String description, String field) {
    return Column.text(name, description, (o, now) -> o.path("status").path(field).asText(""));
  }

  private static ObjectNode schema() {
    ObjectNode schema =
        Json.object()
            .put("type", "object")
            .put("description", "A part of the appliance, as it stands. Read-only.");
    ObjectNode status = schema.putObject("properties").putObject("status").put("type", "object");
    ObjectNode fields = status.putObject("properties");
    fields
        .putObject("state")
        .put("type", "string")
        .put(
            "description", "Where it stands: New, Starting, Running, Stopping, Stopped or Failed.");
    fields
        .putObject("since")
        .put("type", "string")
        .put("format", "date-time")
        .put("description", "When it came into this state.");
    fields
        .putObject("restarts")
        .put("type", "integer")
        .put("description", "How often it was started again since the process began.");
    fields
        .putObject("lastError")
        .put("type", "string")
        .put("description", "What went wrong last; empty when nothing did.");
    return schema;
  }

  @Override
  public List<ObjectNode> list() {
    return components.get().stream().map(ApplianceComponents::object).toList();
  }

  private static ObjectNode object(ComponentStatus component) {
    ObjectNode object = Json.object().put("apiVersion", RESOURCE.apiVersion()).put("kind", KIND);
    object.putObject("metadata").put("name", component.name());
    object
        .putObject("status")
        .put("state", word(component.state().name()))
        .put("since", component.since().toString())
        .put("restarts", component.restarts())
        .put("lastError", component.lastError());
    return object;
  }

  /// `RUNNING` as an API writes it: `Running`.
  private static String word(String constant) {
    return constant.charAt(0) + constant.substring(1).toLowerCase(Locale.ROOT);
  }
}
