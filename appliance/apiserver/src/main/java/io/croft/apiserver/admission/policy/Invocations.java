package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Finds out which policies are to be asked about a request, under which bindings and with which
/// parameters.
///
/// @param <T> a compiled policy
final class Invocations<T> {
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  private final StoredObjects objects;
  private final Policies<T> policies;
  private final Parameters parameters;

  /// @param policies the resource whose objects are the policies
  /// @param compiler makes a policy of its `spec`
  Invocations(
      StoredObjects objects, GroupVersionResource policies, Function<JsonNode, T> compiler) {
    this.objects = objects;
    this.policies = new Policies<>(objects, policies, compiler);
    this.parameters = new Parameters(objects);
  }

  /// Hears of what was found.
  interface Visitor<T> {
    void asked(Invocation<T> invocation);

    /// The parameters cannot be found, and the policy does not put up with that.
    void failed(Policy<T> policy, Policy.Binding binding, String why);
  }

  /// In the order of the names of policies, their bindings, and parameters.
  void forEach(AdmissionRequest request, Visitor<T> visitor) {
    for (Policy<T> policy : policies.current()) {
      Optional<ResourceType> as = policy.matcher().match(request, objects);
      if (as.isEmpty()) {
        continue;
      }
      for (Policy.Binding binding : policy.bindings()) {
        if (binding.matcher().match(request, objects).isPresent()) {
          visit(policy, binding, request, as.get(), visitor);
        }
      }
    }
  }

  private void visit(
      Policy<T> policy,
      Policy.Binding binding,
      AdmissionRequest request,
      ResourceType as,
      Visitor<T> visitor) {
    List<@Nullable ApiObject> params;
    try {
      params = params(policy, binding, request);
    } catch (Parameters.MissingException e) {
      if (!policy.ignoresFailure()) {
        visitor.failed(policy, binding, "failed to configure binding: " + e.getMessage());
      }
      return;
    }
    for (ApiObject param : params) {
      visitor.asked(new Invocation<>(policy, binding, as, param));
    }
  }

  /// One for each time that the policy is asked; null for none.
  private List<@Nullable ApiObject> params(
      Policy<T> policy, Policy.Binding binding, AdmissionRequest request)
      throws Parameters.MissingException {
    GroupVersionKind kind = policy.paramKind();
    if (kind == null || !binding.paramRef().isObject()) {
      return Collections.singletonList(null);
    }
    String namespace = request.type().namespaced() ? request.subject().namespace() : "";
    return Collections.unmodifiableList(parameters.find(kind, binding.paramRef(), namespace));
  }

  /// The namespace that a request is about an object of; null for one about the cluster.
  @Nullable ApiObject namespace(AdmissionRequest request) {
    return request.type().namespaced()
        ? objects.find(NAMESPACES, "", request.subject().namespace()).orElse(null)
        : null;
  }
}
