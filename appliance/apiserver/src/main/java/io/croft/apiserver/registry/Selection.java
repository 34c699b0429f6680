package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldSelector;
import io.croft.model.LabelSelector;
import io.croft.model.Statuses;

/// Tells which objects of a type are wanted.
public final class Selection {
  private final LabelSelector labels;
  private final FieldSelector fields;

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
    }
  }

  /// Whether every object is wanted.
  public boolean all() {
    return labels.isEmpty() && fields.isEmpty();
  }

  public boolean matches(ObjectNode json) {
    return (labels.isEmpty() || labels.matches(ApiObject.of(json).labels()))
        && (fields.isEmpty() || fields.matches(path -> field(json, path)));
  }

  private static String field(JsonNode node, String path) {
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node.asText("");
  }
}
