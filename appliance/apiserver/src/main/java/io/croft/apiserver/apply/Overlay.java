package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.schema.Topology;
import io.croft.model.schema.Topology.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lays a configuration over an object by the merge rules of server-side apply, on behalf of
/// nobody: no field has an owner afterwards that had none before, and nothing is taken away.
public final class Overlay {
  private static final int MAX_SHOWN = 10;

  private Overlay() {}

  /// A configuration cannot be laid over an object; in the words of kube-apiserver.
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message, null, false, false);
    }
  }

  /// @param configuration in which what is atomic has no place: it would be replaced as a whole,
  ///   which who names a part of it hardly means
  /// @return a tree that shares parts with both
  public static ObjectNode apply(ObjectNode object, ObjectNode configuration, Topology topology)
      throws RefusedException {
    List<String> errors = Configuration.errors(configuration, topology);
    if (!errors.isEmpty()) {
      throw new RefusedException(
          "failed to convert patch object to typed object: " + String.join("\n", errors));
    }
    var atomic = new ArrayList<String>();
    findAtomic(null, configuration, topology, atomic);
    if (!atomic.isEmpty()) {
      throw new RefusedException(
          "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
              + String.join(", ", atomic));
    }
    return Merging.objects(object, configuration, topology);
  }

  private static void findAtomic(
      @Nullable FieldPath at, JsonNode value, Topology topology, List<String> found) {
    if (found.size() >= MAX_SHOWN || !value.isContainerNode()) {
      return;
    }
    switch (topology.shape(value)) {
      case UNOWNED -> {}
      case LEAF -> found.add(String.valueOf(at));
      case FIELDS -> {
        for (var field : value.properties()) {
          Topology part = topology.field(field.getKey());
          if (part != null) {
            findAtomic(FieldPath.field(at, field.getKey()), field.getValue(), part, found);
          }
        }
      }
      case KEYED_ITEMS, SET_ITEMS -> {
        Shape shape = topology.shape(value);
        for (JsonNode item : value) {
          PathElement element = KeyedList.element(item, topology, shape);
          if (element != null) {
            findAtomic(new FieldPath(at, element), item, topology.item(), found);
          }
        }
      }
    }
  }
}
