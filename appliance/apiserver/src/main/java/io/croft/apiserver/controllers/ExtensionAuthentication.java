package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.pki.FrontProxy;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells the servers of other APIs, in a ConfigMap that they know, whom to believe.
final class ExtensionAuthentication implements Reconciler {
  static final GroupVersionResource CONFIG_MAPS = new GroupVersionResource("", "v1", "configmaps");
  static final String NAME = "extension-apiserver-authentication";
  static final String NAMESPACE = "kube-system";

  private final ApiClient client;
  private final Supplier<Map<String, String>> authorities;

  /// @param authorities the certificates that users log in with and that this server shows, in PEM,
  ///   under the ConfigMap's keys
  ExtensionAuthentication(ApiClient client, Supplier<Map<String, String>> authorities) {
    this.client = client;
    this.authorities = authorities;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> present = client.find(CONFIG_MAPS, NAMESPACE, NAME);
    ApiObject wanted = present.map(ApiObject::copy).orElseGet(ExtensionAuthentication::empty);
    ObjectNode data = wanted.json().withObject("/data");
    authorities.get().forEach(data::put);
    data.put("requestheader-allowed-names", "[\"" + FrontProxy.NAME + "\"]");
    data.put("requestheader-extra-headers-prefix", "[\"X-Remote-Extra-\"]");
    data.put("requestheader-group-headers", "[\"X-Remote-Group\"]");
    data.put("requestheader-uid-headers", "[\"X-Remote-Uid\"]");
    data.put("requestheader-username-headers", "[\"X-Remote-User\"]");
    if (present.isEmpty()) {
      client.create(CONFIG_MAPS, wanted);
    } else if (!Json.same(present.get().json(), wanted.json())) {
      client.update(CONFIG_MAPS, wanted);
    }
    return Result.DONE;
  }

  private static ApiObject empty() {
    ApiObject map = ApiObject.of(Json.object());
    map.json().put("apiVersion", "v1").put("kind", "ConfigMap");
    return map.setName(NAME).setNamespace(NAMESPACE);
  }
}
