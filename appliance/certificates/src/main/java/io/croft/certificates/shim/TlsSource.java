package io.croft.certificates.shim;

import io.croft.client.ApiClient;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// A kind of objects whose annotations ask for certificates.
public interface TlsSource {
  GroupVersionResource resource();

  String kind();

  /// One of them with all annotations that count for it; empty when nothing is to be made for it.
  default Optional<ApiObject> find(ApiClient client, Request key) {
    return client.find(resource(), key.namespace(), key.name());
  }

  /// What one of them wants.
  ///
  /// @param complaints hears of parts that get no certificate
  /// @throws IllegalArgumentException when nothing can be made of the object
  Wish wish(ApiObject object, Consumer<String> complaints);

  /// @param hosts that are to be certified, by the name of the Secret
  /// @param named all Secrets that are named, those of parts that are not understood, too: their
  ///   certificates stay
  /// @param annotations for the certificates
  record Wish(Map<String, Set<String>> hosts, Set<String> named, Map<String, String> annotations) {}
}
