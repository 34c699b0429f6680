package io.croft.security.rbac;

import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;

/// The roles and bindings as informers see them, each read from JSON once per change. Complete as
/// soon as the informers have synced; until then nobody but `system:masters` may do anything.
///
/// A cluster-scoped object has the empty namespace here.
public final class InformedRbacRules implements RbacRules {
  private static final String GROUP = "rbac.authorization.k8s.io";

  private final Map<Request, List<PolicyRule>> roles = new ConcurrentHashMap<>();

  /// Ordered by namespace, then by name.
  private final ConcurrentNavigableMap<Request, RoleBinding> bindings =
      new ConcurrentSkipListMap<>();

  /// @param informers asked for the four resources; whoever owns them starts and stops them
  public InformedRbacRules(Informers informers) {
    follow(informers, "roles", roles, InformedRbacRules::rules);
    follow(informers, "clusterroles", roles, InformedRbacRules::rules);
    follow(informers, "rolebindings", bindings, RoleBinding::of);
    follow(informers, "clusterrolebindings", bindings, RoleBinding::of);
  }

  @Override
  public Collection<RoleBinding> clusterRoleBindings() {
    return roleBindings("");
  }

  @Override
  public Collection<RoleBinding> roleBindings(String namespace) {
    // No namespace has a name between `a` and `a` with a zero character behind it.
    return bindings.subMap(new Request(namespace, ""), new Request(namespace + "\0", "")).values();
  }

  @Override
  public Optional<List<PolicyRule>> clusterRole(String name) {
    return role("", name);
  }

  @Override
  public Optional<List<PolicyRule>> role(String namespace, String name) {
    return Optional.ofNullable(roles.get(new Request(namespace, name)));
  }

  private static <T> void follow(
      Informers informers, String resource, Map<Request, T> into, Function<ApiObject, T> reader) {
    informers
        .of(new GroupVersionResource(GROUP, "v1", resource))
        .addHandler((before, after) -> {
          if (after != null) {
            into.put(Request.of(after), reader.apply(after));
          } else if (before != null) {
            into.remove(Request.of(before));
          }
        });
  }

  private static List<PolicyRule> rules(ApiObject role) {
    return PolicyRule.listOf(role.at("rules").orElseGet(Json::array));
  }
}
