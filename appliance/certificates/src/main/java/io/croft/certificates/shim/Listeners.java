package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Marks;
import io.croft.model.ApiObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The listeners of the Gateway API: a certificate per Secret that those with TLS refer to, for the
/// host names of all of these.
final class Listeners {
  /// Which Gateway or ListenerSet the routes that solve challenges belong to.
  static final String PARENT_KIND = "acme.cert-manager.io/http01-parentrefkind";

  static final String PARENT_NAME = "acme.cert-manager.io/http01-parentrefname";
  static final String PARENT_NAMESPACE = "acme.cert-manager.io/http01-parentrefnamespace";

  /// Names of listeners, separated by commas, that get no certificate.
  private static final String IGNORED = Marks.PREFIX + "ignore-tls-listeners";

  private static final Set<String> TLS_PROTOCOLS = Set.of("HTTPS", "TLS");

  private Listeners() {}

  /// @param object has them as `spec.listeners`
  /// @param annotations for the certificates
  static TlsSource.Wish wish(
      ApiObject object, Map<String, String> annotations, Consumer<String> complaints) {
    String ignoredNames = object.annotations().getOrDefault(IGNORED, "");
    Set<String> ignored = Set.copyOf(Arrays.asList(ignoredNames.strip().split("\\s*,\\s*", -1)));
    var hosts = new LinkedHashMap<String, Set<String>>();
    var named = new LinkedHashSet<String>();
    for (JsonNode listener : object.json().path("spec").path("listeners")) {
      JsonNode tls = listener.path("tls");
      tls.path("certificateRefs").forEach(ref -> named.add(ref.path("name").asText("")));
      String name = listener.path("name").asText("");
      if (!TLS_PROTOCOLS.contains(listener.path("protocol").asText(""))
          || tls.path("mode").asText("").equals("Passthrough")
          || ignored.contains(name)) {
        continue;
      }
      Optional<String> problem = problem(listener, object.namespace());
      if (problem.isPresent()) {
        complaints.accept(
            "The listener \"%s\" gets no certificate: %s".formatted(name, problem.get()));
        continue;
      }
      for (JsonNode ref : tls.path("certificateRefs")) {
        hosts
            .computeIfAbsent(ref.path("name").asText(""), n -> new LinkedHashSet<>())
            .add(listener.path("hostname").asText(""));
      }
    }
    return new TlsSource.Wish(hosts, named, annotations);
  }

  private static Optional<String> problem(JsonNode listener, String namespace) {
    if (listener.path("hostname").asText("").isEmpty()) {
      return Optional.of("it has no hostname");
    }
    JsonNode refs = listener.path("tls").path("certificateRefs");
    if (refs.isEmpty()) {
      return Optional.of("its tls.certificateRefs names no Secret");
    }
    for (JsonNode ref : refs) {
      String group = ref.path("group").asText("");
      String kind = ref.path("kind").asText("");
      if (!Set.of("", "core").contains(group) || !Set.of("", "Secret").contains(kind)) {
        return Optional.of("its tls.certificateRefs refer to something else than a Secret");
      }
      if (!ref.path("namespace").asText(namespace).equals(namespace)) {
        return Optional.of("its tls.certificateRefs refer to a Secret of another namespace");
      }
    }
    return Optional.empty();
  }
}
