package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionKind;
import io.croft.model.LabelSelector;
import java.util.List;
import java.util.Optional;

/// Finds the parameters that a binding names.
final class Parameters {
  private final StoredObjects objects;

  Parameters(StoredObjects objects) {
    this.objects = objects;
  }

  /// The parameters cannot be found, and must be.
  static final class MissingException extends Exception {
    private static final long serialVersionUID = 1;

    MissingException(String message) {
      super(message);
    }
  }

  /// @param namespace of the request; empty for one about the cluster
  /// @return none when the policy does not count for want of parameters
  List<ApiObject> find(GroupVersionKind kind, JsonNode reference, String namespace)
      throws MissingException {
    Optional<ResourceType> type =
        objects.served(kind).filter(served -> served.backing() instanceof Backing.Stored);
    if (type.isEmpty()) {
      throw new MissingException("paramKind kind `" + kind.kind() + "` not known");
    }
    String where = namespace(type.get(), reference.path("namespace").asText(""), namespace);
    String name = reference.path("name").asText("");
    List<ApiObject> found =
        name.isEmpty()
            ? selected(type.get(), where, LabelSelector.fromJson(reference.path("selector")))
            : objects.find(type.get().gvr(), where, name).stream().toList();
    boolean denies = reference.path("parameterNotFoundAction").asText("").equals("Deny");
    if (found.isEmpty() && denies) {
      throw new MissingException(
          "no params found for policy binding with `Deny` parameterNotFoundAction");
    }
    return found;
  }

  private static String namespace(ResourceType type, String named, String ofRequest)
      throws MissingException {
    if (!type.namespaced()) {
      if (!named.isEmpty()) {
        throw new MissingException(
            "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
      }
      return "";
    }
    String where = named.isEmpty() ? ofRequest : named;
    if (where.isEmpty()) {
      throw new MissingException(
          "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
    }
    return where;
  }

  private List<ApiObject> selected(ResourceType type, String namespace, LabelSelector selector) {
    return objects.list(type.gvr(), namespace).stream()
        .filter(object -> selector.isEmpty() || selector.matches(object.labels()))
        .toList();
  }
}
