package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldSelector;
import io.croft.model.LabelSelector;
import io.croft.model.Statuses;
import io.croft.model.schema.StructuralSchema;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Tells which objects of a type are wanted.
public final class Selection {
  private final LabelSelector labels;
  private final FieldSelector fields;
  private final Map<String, String> zeros = new HashMap<>();

  /// @throws io.croft.model.StatusException 400 when the type does not know a field
  public Selection(ResourceType type, LabelSelector labels, FieldSelector fields) {
    this.labels = labels;
    this.fields = fields;
    for (FieldSelector.Term term : fields.terms()) {
      boolean known =
          term.field().equals("metadata.name")
              || (type.namespaced() && term.field().equals("metadata.namespace"))
              || type.selectable().contains(term.field());
      if (!known) {
        throw Statuses.badRequest("field label not supported: " + term.field());
      }
      zeros.put(term.field(), zero(type.schema(), term.field()));
    }
  }

  private static String zero(StructuralSchema schema, String path) {
    StructuralSchema at = schema;
    for (String step : path.split("\\.")) {
      Optional<StructuralSchema> below = at.field(step);
      if (below.isEmpty()) {
        return "";
      }
      at = below.get();
    }
    return at.zero();
  }

  /// Whether every object is wanted.
  public boolean all() {
    return labels.isEmpty() && fields.isEmpty();
  }

  public boolean matches(ObjectNode json) {
    return (labels.isEmpty() || labels.matches(ApiObject.of(json).labels()))
        && (fields.isEmpty() || fields.matches(path -> field(json, path)));
  }

  /// What is absent from a built-in kind counts as its type's zero: `false`, `0` or nothing.
  private String field(JsonNode json, String path) {
    JsonNode node = json;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node.isMissingNode() ? zeros.getOrDefault(path, "") : node.asText("");
  }
}
