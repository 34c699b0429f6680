package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.LabelSelector;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which requests a webhook, a policy or the binding of a policy is about.
///
/// @param any whether without rules all resources are meant, rather than none
/// @param equivalent whether other versions of a resource that a rule names are meant too
public record RequestMatcher(
    List<ResourceRule> rules,
    List<ResourceRule> excluded,
    boolean any,
    boolean equivalent,
    LabelSelector namespaces,
    LabelSelector objects) {
  private static final String OWN_GROUP = "admissionregistration.k8s.io";
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  /// Of a webhook.
  public static RequestMatcher ofWebhook(JsonNode webhook) {
    return of(webhook, ResourceRule.all(webhook.path("rules")), false);
  }

  /// Of the `matchConstraints` of a policy, or the `matchResources` of a binding, which may say
  /// nothing.
  public static RequestMatcher ofPolicy(JsonNode json, boolean binding) {
    List<ResourceRule> rules = ResourceRule.all(json.path("resourceRules"));
    return of(json, rules, binding && rules.isEmpty());
  }

  private static RequestMatcher of(JsonNode json, List<ResourceRule> rules, boolean any) {
    return new RequestMatcher(
        rules,
        ResourceRule.all(json.path("excludeResourceRules")),
        any,
        !json.path("matchPolicy").asText("").equals("Exact"),
        selector(json.path("namespaceSelector")),
        selector(json.path("objectSelector")));
  }

  /// Unlike elsewhere, a selector that is not there selects everything here.
  private static LabelSelector selector(JsonNode json) {
    return json.isObject() ? LabelSelector.fromJson(json) : LabelSelector.everything();
  }

  /// The version of the resource that a request is to be judged in; empty when the request is none
  /// of this matcher's. The configurations of webhooks and policies are never: a broken one could
  /// not be mended any more.
  public Optional<ResourceType> match(AdmissionRequest request, StoredObjects stored) {
    ResourceType type = request.type();
    if (type.gvr().group().equals(OWN_GROUP)) {
      return Optional.empty();
    }
    return version(request, stored)
        .filter(as -> !isExcluded(request, stored) && selects(request, stored));
  }

  private Optional<ResourceType> version(AdmissionRequest request, StoredObjects stored) {
    if (any || matches(rules, request, request.type())) {
      return Optional.of(request.type());
    }
    return equivalent ? other(rules, request, stored) : Optional.empty();
  }

  private boolean isExcluded(AdmissionRequest request, StoredObjects stored) {
    return matches(excluded, request, request.type())
        || (equivalent && !excluded.isEmpty() && other(excluded, request, stored).isPresent());
  }

  private static Optional<ResourceType> other(
      List<ResourceRule> rules, AdmissionRequest request, StoredObjects stored) {
    return stored.types().stream()
        .filter(other -> other.backing() instanceof Backing.Stored)
        .filter(other -> other.location().equals(request.type().location()))
        .filter(other -> matches(rules, request, other))
        .findFirst();
  }

  private static boolean matches(
      List<ResourceRule> rules, AdmissionRequest request, ResourceType as) {
    String resource = as.gvr().resource();
    String part = request.subresource();
    var asked =
        new ResourceRule.Asked(
            as.gvr().group(),
            as.gvr().version(),
            part.isEmpty() ? resource : resource + "/" + part,
            request.operation().name(),
            request.subject().name(),
            as.namespaced());
    return rules.stream().anyMatch(rule -> rule.matches(asked));
  }

  private boolean selects(AdmissionRequest request, StoredObjects stored) {
    ApiObject object = request.object();
    ApiObject old = request.old();
    boolean byObject =
        objects.isEmpty()
            || (object != null && objects.matches(object.labels()))
            || (old != null && objects.matches(old.labels()));
    return byObject && (namespaces.isEmpty() || selectsNamespace(request, stored));
  }

  private boolean selectsNamespace(AdmissionRequest request, StoredObjects stored) {
    ApiObject subject = request.subject();
    boolean namespace =
        request.type().gvr().group().isEmpty()
            && request.type().gvr().resource().equals("namespaces");
    if (!namespace && !request.type().namespaced()) {
      return true;
    }
    Map<String, String> labels =
        namespace
            ? subject.labels()
            : stored
                .find(NAMESPACES, "", subject.namespace())
                .map(ApiObject::labels)
                .orElse(Map.of());
    return namespaces.matches(labels);
  }
}
