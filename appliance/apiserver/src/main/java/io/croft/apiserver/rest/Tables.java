package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import java.time.Instant;
import java.util.List;

/// Renders objects as `meta.k8s.io/v1` tables and partial objects.
final class Tables {
  /// How much of each object comes with its row.
  enum Include {
    NONE,
    METADATA,
    OBJECT
  }

  static final String META = "meta.k8s.io/v1";

  private Tables() {}

  /// @param definitions whether the columns are described; in a watch only the first table does
  static ObjectNode table(
      ResourceType type,
      List<ObjectNode> objects,
      ObjectNode listMetadata,
      Include include,
      boolean definitions,
      Instant now) {
    ObjectNode table = Json.object().put("kind", "Table").put("apiVersion", META);
    table.set("metadata", listMetadata);
    if (definitions) {
      table.set("columnDefinitions", definitions(type));
    } else {
      table.set("columnDefinitions", NullNode.getInstance());
    }
    ArrayNode rows = table.putArray("rows");
    objects.forEach(object -> rows.add(row(type, object, include, now)));
    return table;
  }

  static ObjectNode row(ResourceType type, ObjectNode object, Include include, Instant now) {
    ObjectNode row = Json.object();
    ArrayNode cells = row.putArray("cells");
    type.columns().forEach(column -> cells.add(column.cell().apply(object, now)));
    switch (include) {
      case NONE -> {}
      case METADATA -> row.set("object", partial(object));
      case OBJECT -> row.set("object", object);
    }
    return row;
  }

  static ArrayNode definitions(ResourceType type) {
    ArrayNode definitions = Json.array();
    for (Column column : type.columns()) {
      definitions
          .addObject()
          .put("name", column.name())
          .put("type", column.type())
          .put("format", column.format())
          .put("description", column.description())
          .put("priority", column.priority());
    }
    return definitions;
  }

  /// Only the metadata of an object.
  static ObjectNode partial(ObjectNode object) {
    ObjectNode partial = Json.object().put("kind", "PartialObjectMetadata").put("apiVersion", META);
    partial.set("metadata", object.path("metadata"));
    return partial;
  }
}
