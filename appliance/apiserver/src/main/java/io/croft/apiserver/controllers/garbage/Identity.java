package io.croft.apiserver.controllers.garbage;

import io.croft.model.OwnerReference;

/// Where an object is found.
///
/// @param namespace empty for a cluster-scoped object
record Identity(CollectedKind kind, String namespace, String name) {
  /// Whether a reference of an object in a namespace means this object, its uid apart.
  boolean meantBy(OwnerReference reference, String dependentNamespace) {
    return name.equals(reference.name())
        && kind.kind().equals(reference.kind())
        && kind.group().equals(group(reference))
        && (!kind.namespaced() || namespace.equals(dependentNamespace));
  }

  static String group(OwnerReference reference) {
    int slash = reference.apiVersion().lastIndexOf('/');
    return slash < 0 ? "" : reference.apiVersion().substring(0, slash);
  }
}
