package io.croft.apiserver.storage;

import io.croft.store.Bytes;

/// Where the objects of a kind lie in the store, as kube-apiserver lays them out.
///
/// @param prefix for example `/registry/configmaps`, without a slash at the end
/// @param namespaced whether the namespace is part of the key
public record StorageLocation(String prefix, boolean namespaced) {
  public StorageLocation {
    if (!prefix.startsWith("/registry/") || prefix.endsWith("/")) {
      throw new IllegalArgumentException("not a storage prefix: " + prefix);
    }
  }

  /// The key of one object.
  public Bytes key(String namespace, String name) {
    return Bytes.utf8(namespaced ? prefix + "/" + namespace + "/" + name : prefix + "/" + name);
  }

  /// The prefix of all objects, or of those of one namespace when it is not empty.
  public Bytes collection(String namespace) {
    return Bytes.utf8(
        namespaced && !namespace.isEmpty() ? prefix + "/" + namespace + "/" : prefix + "/");
  }
}
