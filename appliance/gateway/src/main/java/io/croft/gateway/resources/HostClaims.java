package io.croft.gateway.resources;

import io.croft.gateway.routing.HostPattern;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Which namespaces serve under which hosts, so that an ingress takes no path or certificate under
/// what is another namespace's. A name below a wildcard belongs to who has the wildcard. Hosts that
/// nobody has named are everybody's. For one thread.
final class HostClaims {
  private final Map<String, Set<String>> namespaces = new HashMap<>();

  void add(HostPattern host, String namespace) {
    if (host.isNamed()) {
      namespaces.computeIfAbsent(host.text(), _ -> new HashSet<>()).add(namespace);
    }
  }

  /// Whether a namespace may serve under a host.
  boolean allow(HostPattern host, String namespace) {
    if (!allows(host.text(), namespace)) {
      return false;
    }
    String text = host.isWildcard() ? host.text().substring(1) : host.text();
    for (int dot = text.indexOf('.', 1); dot > 0; dot = text.indexOf('.', dot + 1)) {
      if (!allows("*" + text.substring(dot), namespace)) {
        return false;
      }
    }
    return true;
  }

  private boolean allows(String host, String namespace) {
    Set<String> known = namespaces.get(host);
    return known == null || known.contains(namespace);
  }
}
