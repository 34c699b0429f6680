package io.croft.security.rbac;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Quoted;
import io.croft.security.ServiceAccountName;
import io.croft.security.UserInfo;

/// Whom a binding is for.
///
/// @param kind User, Group or ServiceAccount; any other is nobody
/// @param namespace a service account's; empty for that of the binding
public record Subject(String kind, String namespace, String name) {
  static Subject of(JsonNode json) {
    return new Subject(
        json.path("kind").asText(), json.path("namespace").asText(), json.path("name").asText());
  }

  /// @param bindingNamespace empty for a ClusterRoleBinding
  boolean includes(UserInfo user, String bindingNamespace) {
    return switch (kind) {
      case "User" -> user.name().equals(name);
      case "Group" -> user.inGroup(name);
      case "ServiceAccount" -> {
        String home = namespace.isEmpty() ? bindingNamespace : namespace;
        yield !home.isEmpty()
            && !name.isEmpty()
            && user.name().endsWith(name)
            && user.name().equals(new ServiceAccountName(home, name).user());
      }
      default -> false;
    };
  }

  /// As kube-apiserver names it in the reason of a decision.
  String describe(String bindingNamespace) {
    if (!kind.equals("ServiceAccount")) {
      return kind + " " + Quoted.text(name);
    }
    String home = namespace.isEmpty() ? bindingNamespace : namespace;
    return kind + " " + Quoted.text(name + "/" + home);
  }
}
