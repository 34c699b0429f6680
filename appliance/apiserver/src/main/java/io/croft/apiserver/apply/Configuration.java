package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.schema.Topology;
import io.croft.model.schema.Topology.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Checks what a client applies, as far as it concerns merging: every field must be known, and the
/// items of every list be told apart. Types and values are for the schema's validation.
final class Configuration {
  private static final int MAX_ERRORS = 20;

  private final List<String> errors = new ArrayList<>();

  private Configuration() {}

  /// What is wrong, one line each, in the words of kube-apiserver; at most 20.
  static List<String> errors(ObjectNode configuration, Topology topology) {
    var check = new Configuration();
    check.value(null, configuration, topology);
    return check.errors;
  }

  private void value(@Nullable FieldPath at, JsonNode value, Topology topology) {
    switch (topology.shape(value)) {
      case UNOWNED, LEAF -> {}
      case FIELDS -> fields(at, (ObjectNode) value, topology);
      case KEYED_ITEMS, SET_ITEMS -> items(at, (ArrayNode) value, topology);
    }
  }

  private void fields(@Nullable FieldPath at, ObjectNode object, Topology topology) {
    for (var field : object.properties()) {
      FieldPath path = FieldPath.field(at, field.getKey());
      Topology part = topology.field(field.getKey());
      if (part == null) {
        report(path, "field not declared in schema");
      } else {
        value(path, field.getValue(), part);
      }
    }
  }

  private void items(@Nullable FieldPath at, ArrayNode list, Topology topology) {
    Shape shape = topology.shape(list);
    var seen = new TreeSet<PathElement>();
    for (int i = 0; i < list.size(); i++) {
      PathElement element = KeyedList.element(list.get(i), topology, shape);
      if (element == null) {
        report(at, "element " + i + ": " + KeyedList.whyUnknown(list.get(i), topology, shape));
      } else if (!seen.add(element)) {
        report(at, "duplicate entries for key " + element.shown());
      } else {
        value(new FieldPath(at, element), list.get(i), topology.item());
      }
    }
  }

  private void report(@Nullable FieldPath at, String what) {
    if (errors.size() < MAX_ERRORS) {
      errors.add(at == null ? what : at + ": " + what);
    }
  }
}
