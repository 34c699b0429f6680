package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// ListenerSets of the Gateway API, by which others than its owner give a Gateway listeners: the
/// certificates of these, in the set's namespace. A set that names no issuer has its Gateway's.
public final class ListenerSetSource implements TlsSource {
  /// Has challenges solved by the Gateway instead of the set, which solvers may not know.
  private static final String BY_GATEWAY = "acme.cert-manager.io/http01-parentreffallback";

  /// Of the Gateway. Kind and group count for the set's own issuer, too, as with upstream.
  private static final Set<String> INHERITED =
      Set.of(Marks.ISSUER, Marks.CLUSTER_ISSUER, Marks.ISSUER_KIND, Marks.ISSUER_GROUP);

  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

  @Override
  public GroupVersionResource resource() {
    return Resources.LISTENER_SETS;
  }

  @Override
  public String kind() {
    return "ListenerSet";
  }

  /// The Gateway that a set belongs to.
  public static Request gateway(ApiObject set) {
    JsonNode parent = set.json().path("spec").path("parentRef");
    String namespace = parent.path("namespace").asText("");
    return new Request(
        namespace.isEmpty() ? set.namespace() : namespace, parent.path("name").asText(""));
  }

  /// A set with what it has from its Gateway; empty while that is not there.
  @Override
  public Optional<ApiObject> find(ApiClient client, Request key) {
    return client
        .find(resource(), key.namespace(), key.name())
        .flatMap(set -> {
          Request parent = gateway(set);
          return parent.name().isEmpty()
              ? Optional.empty()
              : client
                  .find(Resources.GATEWAYS, parent.namespace(), parent.name())
                  .filter(gateway -> gateway.deletionTimestamp() == null)
                  .map(gateway -> heir(set, gateway.annotations()));
        });
  }

  private static ApiObject heir(ApiObject set, Map<String, String> inherited) {
    var annotations = new LinkedHashMap<>(set.annotations());
    var taken = new LinkedHashMap<>(inherited);
    taken.keySet().retainAll(INHERITED);
    if (annotations.containsKey(Marks.ISSUER) || annotations.containsKey(Marks.CLUSTER_ISSUER)) {
      taken.remove(Marks.ISSUER);
      taken.remove(Marks.CLUSTER_ISSUER);
    }
    annotations.putAll(taken);
    return set.copy().setAnnotations(annotations);
  }

  @Override
  public Wish wish(ApiObject set, Consumer<String> complaints) {
    Request gateway = gateway(set);
    Map<String, String> solver =
        TRUE.contains(set.annotations().getOrDefault(BY_GATEWAY, ""))
            ? Map.of(
                Listeners.PARENT_KIND,
                "Gateway",
                Listeners.PARENT_NAME,
                gateway.name(),
                Listeners.PARENT_NAMESPACE,
                gateway.namespace())
            : Map.of(Listeners.PARENT_KIND, kind(), Listeners.PARENT_NAME, set.name());
    return Listeners.wish(set, solver, complaints);
  }
}
