package io.croft.apiserver.rules;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Quantity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A pod's quality of service, which follows from what it asks for.
public final class QualityOfService {
  private static final List<String> COUNTED = List.of("cpu", "memory");

  private QualityOfService() {}

  /// `Guaranteed` when everything is limited and asked for alike, `BestEffort` when nothing is,
  /// else `Burstable`. What is said of the pod as a whole comes before what its containers say.
  public static String of(JsonNode spec) {
    Map<String, BigDecimal> requests = new HashMap<>();
    Map<String, BigDecimal> limits = new HashMap<>();
    boolean limited = true;
    for (JsonNode resources : asked(spec)) {
      add(requests, resources.path("requests"));
      limited &= add(limits, resources.path("limits")) == COUNTED.size();
    }
    if (requests.isEmpty() && limits.isEmpty()) {
      return "BestEffort";
    }
    return limited && alike(requests, limits) ? "Guaranteed" : "Burstable";
  }

  private static List<JsonNode> asked(JsonNode spec) {
    if (spec.path("resources").isObject()) {
      return List.of(spec.path("resources"));
    }
    var asked = new ArrayList<JsonNode>();
    for (String list : List.of("containers", "initContainers")) {
      spec.path(list).forEach(container -> asked.add(container.path("resources")));
    }
    return asked;
  }

  /// @return how many of the amounts that count there are
  private static int add(Map<String, BigDecimal> sums, JsonNode amounts) {
    int found = 0;
    for (String name : COUNTED) {
      BigDecimal amount = amount(amounts.path(name));
      if (amount.signum() > 0) {
        sums.merge(name, amount, BigDecimal::add);
        found++;
      }
    }
    return found;
  }

  /// Zero for what is none, which the schema refuses.
  private static BigDecimal amount(JsonNode quantity) {
    try {
      return quantity.isMissingNode() ? BigDecimal.ZERO : Quantity.parse(quantity.asText()).value();
    } catch (IllegalArgumentException e) {
      return BigDecimal.ZERO;
    }
  }

  private static boolean alike(Map<String, BigDecimal> requests, Map<String, BigDecimal> limits) {
    return requests.keySet().equals(limits.keySet())
        && requests.entrySet().stream()
            .allMatch(r -> r.getValue().compareTo(limits.get(r.getKey())) == 0);
  }
}
