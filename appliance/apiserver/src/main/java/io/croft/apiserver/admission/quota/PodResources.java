package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Quantity;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/// What a pod asks for, as the scheduler counts it: its containers together, or the largest of its
/// initialization with what runs beside that, whichever is more, and its overhead.
final class PodResources {
  private PodResources() {}

  private static Quantity max(Quantity a, Quantity b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  /// @param field `requests` or `limits`
  static Map<String, Quantity> of(JsonNode podSpec, String field) {
    var sidecars = new TreeMap<String, Quantity>();
    var initialization = new TreeMap<String, Quantity>();
    for (JsonNode container : podSpec.path("initContainers")) {
      Map<String, Quantity> own = quantities(container.path("resources").path(field));
      if (container.path("restartPolicy").asText("").equals("Always")) {
        merge(sidecars, own, Quantity::add);
        merge(initialization, sidecars, PodResources::max);
      } else {
        var together = new TreeMap<>(sidecars);
        merge(together, own, Quantity::add);
        merge(initialization, together, PodResources::max);
      }
    }
    var total = new TreeMap<>(sidecars);
    for (JsonNode container : podSpec.path("containers")) {
      merge(total, quantities(container.path("resources").path(field)), Quantity::add);
    }
    merge(total, initialization, PodResources::max);
    if (field.equals("requests")) {
      merge(total, quantities(podSpec.path("overhead")), Quantity::add);
    }
    return total;
  }

  /// A `ResourceList`; what is no quantity is left out.
  static Map<String, Quantity> quantities(JsonNode list) {
    var quantities = new TreeMap<String, Quantity>();
    for (var entry : list.properties()) {
      try {
        quantities.put(entry.getKey(), Quantity.parse(entry.getValue().asText()));
      } catch (IllegalArgumentException e) {
        // refused by the rules of the kind
      }
    }
    return quantities;
  }

  private static void merge(
      Map<String, Quantity> into, Map<String, Quantity> from, BinaryOperator<Quantity> by) {
    from.forEach((name, quantity) -> into.merge(name, quantity, by));
  }
}
