package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Resources;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Ingresses: a certificate per entry of `spec.tls`.
public final class IngressSource implements TlsSource {
  @Override
  public GroupVersionResource resource() {
    return Resources.INGRESSES;
  }

  @Override
  public String kind() {
    return "Ingress";
  }

  /// @throws IllegalArgumentException when two entries name the same Secret
  @Override
  public Wish wish(ApiObject ingress, Consumer<String> complaints) {
    var hosts = new LinkedHashMap<String, Set<String>>();
    for (JsonNode entry : ingress.json().path("spec").path("tls")) {
      String secret = entry.path("secretName").asText("");
      var names = new LinkedHashSet<String>();
      entry.path("hosts").forEach(h -> names.add(h.asText("")));
      if (hosts.containsKey(secret)) {
        throw new IllegalArgumentException(
            "the Secret \"%s\" is named by two entries of spec.tls".formatted(secret));
      }
      if (secret.isEmpty() || names.isEmpty()) {
        complaints.accept(
            "An entry of spec.tls without a secretName or without hosts gets no certificate");
      } else {
        hosts.put(secret, names);
      }
    }
    return new Wish(hosts, hosts.keySet(), Map.of());
  }
}
