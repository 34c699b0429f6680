package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Which of an issuer's solvers proves a name: one that names it before one that names its zone, a
/// longer zone before a shorter, more labels before fewer; the first of equals. One without a
/// selector is good for every name.
final class SolverChoice {
  private static final String CLASS = "acme.cert-manager.io/http01-override-ingress-class";
  private static final String CLASS_NAME =
      "acme.cert-manager.io/http01-override-ingress-ingressclassname";
  private static final String INGRESS = "acme.cert-manager.io/http01-override-ingress-name";
  private static final Map<String, String> OVERRIDES =
      Map.of(CLASS, "class", CLASS_NAME, "ingressClassName", INGRESS, "name");

  private static final Comparator<Fit> BETTER =
      Comparator.comparing(Fit::named).thenComparingInt(Fit::zone).thenComparingInt(Fit::labels);

  private record Fit(boolean named, int zone, int labels) {}

  /// @param challenge as the order's status has it
  record Chosen(JsonNode solver, JsonNode challenge) {}

  private SolverChoice() {}

  /// @param solvers of the issuer
  /// @param labels of the order
  /// @param name with an asterisk, where that is asked for
  /// @param challenges that the server offers for the name
  static Optional<Chosen> choose(
      JsonNode solvers, Map<String, String> labels, String name, JsonNode challenges) {
    Optional<Chosen> best = Optional.empty();
    Fit bestFit = new Fit(false, 0, 0);
    for (JsonNode solver : solvers) {
      Optional<JsonNode> challenge = offered(challenges, type(solver));
      Optional<Fit> fit = fit(solver.path("selector"), labels, name);
      if (challenge.isPresent()
          && fit.isPresent()
          && (best.isEmpty() || BETTER.compare(fit.get(), bestFit) > 0)) {
        best = Optional.of(new Chosen(solver, challenge.get()));
        bestFit = fit.get();
      }
    }
    return best;
  }

  /// In the server's words.
  static String type(JsonNode solver) {
    return solver.path("http01").isObject() ? "http-01" : "dns-01";
  }

  private static Optional<JsonNode> offered(JsonNode challenges, String type) {
    for (JsonNode challenge : challenges) {
      if (challenge.path("type").asText("").equals(type)) {
        return Optional.of(challenge);
      }
    }
    return Optional.empty();
  }

  private static Optional<Fit> fit(JsonNode selector, Map<String, String> labels, String name) {
    List<String> names = CertificateSpec.texts(selector.path("dnsNames"));
    List<String> zones = CertificateSpec.texts(selector.path("dnsZones"));
    int zone = zones.stream().mapToInt(z -> matching(z, name)).max().orElse(0);
    for (var label : selector.path("matchLabels").properties()) {
      if (!label.getValue().asText("").equals(labels.get(label.getKey()))) {
        return Optional.empty();
      }
    }
    boolean fits = (names.isEmpty() || names.contains(name)) && (zones.isEmpty() || zone > 0);
    return fits
        ? Optional.of(new Fit(!names.isEmpty(), zone, selector.path("matchLabels").size()))
        : Optional.empty();
  }

  /// How many labels a zone has, if the name is in it.
  private static int matching(String zone, String name) {
    String bare = zone.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
    String full = name.toLowerCase(Locale.ROOT);
    boolean within = full.equals(bare) || full.endsWith("." + bare);
    return !bare.isEmpty() && within ? bare.split("\\.").length : 0;
  }

  /// The solver with what the annotations put in the place of its Ingress.
  ///
  /// @throws IllegalArgumentException when there is more than one
  static JsonNode overridden(JsonNode solver, Map<String, String> annotations) {
    if (!solver.path("http01").path("ingress").isObject()) {
      return solver;
    }
    List<String> given = OVERRIDES.keySet().stream().filter(annotations::containsKey).toList();
    if (given.isEmpty()) {
      return solver;
    }
    if (given.size() > 1) {
      throw new IllegalArgumentException("only one of the annotations may be there: " + given);
    }
    JsonNode changed = solver.deepCopy();
    ObjectNode ingress = (ObjectNode) changed.path("http01").path("ingress");
    ingress.remove(List.copyOf(OVERRIDES.values()));
    String annotation = given.getFirst();
    ingress.put(OVERRIDES.getOrDefault(annotation, ""), annotations.getOrDefault(annotation, ""));
    return changed;
  }
}
