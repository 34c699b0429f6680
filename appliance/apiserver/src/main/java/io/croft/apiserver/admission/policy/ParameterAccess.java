package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.Statuses;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keeps users from reading by policies what they may not read themselves, as the server reads
/// parameters with its own rights. Who writes a policy with parameters must be allowed to read all
/// objects of their kind; who binds one, those that the binding names.
public final class ParameterAccess implements Admission {
  private static final String GROUP = "admissionregistration.k8s.io";

  private final StoredObjects objects;
  private final Authorizer authorizer;

  public ParameterAccess(StoredObjects objects, Authorizer authorizer) {
    this.objects = objects;
    this.authorizer = authorizer;
  }

  @Override
  public void validate(AdmissionRequest request) {
    ApiObject object = request.object();
    if (object == null || !request.type().gvr().group().equals(GROUP)) {
      return;
    }
    switch (request.type().kind()) {
      case "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy" -> {
        if (says(object, "paramKind") && changes(object, request.old(), List.of("paramKind"))) {
          requireKind(request, spec(object).path("paramKind"));
        }
      }
      case "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding" -> {
        List<String> decisive = List.of("paramRef", "policyName");
        if (says(object, "paramRef") && changes(object, request.old(), decisive)) {
          requireNamed(request, spec(object));
        }
      }
      default -> {}
    }
  }

  private void requireKind(AdmissionRequest request, JsonNode paramKind) {
    if (!mayRead(request.user(), "get", paramKind, "", "")) {
      throw refusal(
          request,
          "spec.paramKind",
          ("user %s must have \"get\" permission on all objects of the referenced paramKind"
                  + " (kind=%s, apiVersion=%s)")
              .formatted(
                  request.user().name(),
                  paramKind.path("kind").asText(""),
                  paramKind.path("apiVersion").asText("")));
    }
  }

  private void requireNamed(AdmissionRequest request, JsonNode binding) {
    GroupVersionResource bindings = request.type().gvr();
    var policies =
        new GroupVersionResource(
            GROUP, bindings.version(), bindings.resource().replaceFirst("ybindings$", "ies"));
    JsonNode paramKind =
        objects
            .find(policies, "", binding.path("policyName").asText(""))
            .map(policy -> spec(policy).path("paramKind"))
            .orElse(binding.path("paramKind")); // absent
    JsonNode reference = binding.path("paramRef");
    String name = reference.path("name").asText("");
    String verb = name.isEmpty() ? "list" : "get";
    String namespace = reference.path("namespace").asText("");
    if (!mayRead(request.user(), verb, paramKind, namespace, name)) {
      throw refusal(
          request,
          "spec.paramRef",
          "user %s does not have \"%s\" permission on the object referenced by paramRef"
              .formatted(request.user().name(), verb));
    }
  }

  /// @param paramKind what is not known of it stands for everything
  /// @param namespace empty for all: a binding without one takes that of each request
  /// @param name empty for all
  private boolean mayRead(
      UserInfo user, String verb, JsonNode paramKind, String namespace, String name) {
    GroupVersionResource resource = resource(paramKind);
    var info =
        new RequestInfo(
            true,
            verb,
            resource.group(),
            resource.version(),
            namespace,
            resource.resource(),
            "",
            name,
            "");
    return user.inGroup(UserInfo.MASTERS)
        || authorizer.authorize(new Attributes(user, info)).allowed();
  }

  private GroupVersionResource resource(JsonNode paramKind) {
    if (!paramKind.isObject()) {
      return new GroupVersionResource("*", "*", "*");
    }
    var kind =
        GroupVersionKind.parse(
            paramKind.path("apiVersion").asText(""), paramKind.path("kind").asText(""));
    return objects
        .served(kind)
        .map(ResourceType::gvr)
        .orElseGet(() -> new GroupVersionResource(kind.group(), kind.version(), "*"));
  }

  private static JsonNode spec(ApiObject object) {
    return object.json().path("spec");
  }

  private static boolean says(ApiObject object, String field) {
    return spec(object).path(field).isObject();
  }

  private static boolean changes(ApiObject object, @Nullable ApiObject old, List<String> fields) {
    return old == null
        || fields.stream().anyMatch(f -> !spec(object).path(f).equals(spec(old).path(f)));
  }

  private static RuntimeException refusal(AdmissionRequest request, String field, String why) {
    return Statuses.invalid(
        request.type().gvk(), request.subject().name(), List.of(FieldError.forbidden(field, why)));
  }
}
