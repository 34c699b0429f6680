package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Sees to what every namespace has: the service account `default`, and the certificates with which
/// the API server is verified. Requests are the names of namespaces.
final class NamespaceDefaults implements Reconciler {
  static final GroupVersionResource NAMESPACES = new GroupVersionResource("", "v1", "namespaces");
  static final GroupVersionResource ACCOUNTS =
      new GroupVersionResource("", "v1", "serviceaccounts");
  static final GroupVersionResource CONFIG_MAPS = new GroupVersionResource("", "v1", "configmaps");

  static final String ACCOUNT = "default";
  static final String ROOT_CA = "kube-root-ca.crt";
  private static final String CA_KEY = "ca.crt";

  /// What a creation ends with that is not needed: it is there, or the namespace is going.
  private static final Set<String> NEEDLESS =
      Set.of(
          StatusReason.ALREADY_EXISTS.text(),
          StatusReason.NOT_FOUND.text(),
          StatusReason.FORBIDDEN.text());

  private final ApiClient client;
  private final Supplier<String> rootCertificates;

  /// @param rootCertificates in PEM
  NamespaceDefaults(ApiClient client, Supplier<String> rootCertificates) {
    this.client = client;
    this.rootCertificates = rootCertificates;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> namespace = client.find(NAMESPACES, "", request.name());
    if (namespace.isPresent() && namespace.get().deletionTimestamp() == null) {
      if (client.find(ACCOUNTS, request.name(), ACCOUNT).isEmpty()) {
        create(ACCOUNTS, object("ServiceAccount", request.name(), ACCOUNT));
      }
      publishRootCertificates(request.name());
    }
    return Result.DONE;
  }

  private void publishRootCertificates(String namespace) {
    Map<String, String> wanted = Map.of(CA_KEY, rootCertificates.get());
    Optional<ApiObject> found = client.find(CONFIG_MAPS, namespace, ROOT_CA);
    if (found.isEmpty()) {
      ApiObject map = object("ConfigMap", namespace, ROOT_CA);
      map.setAnnotations(
          Map.of(
              "kubernetes.io/description",
              "Contains a CA bundle that can be used to verify the kube-apiserver when using"
                  + " internal endpoints such as the internal service IP or"
                  + " kubernetes.default.svc."));
      create(CONFIG_MAPS, withData(map, wanted));
    } else if (!found.get().json().path("data").equals(data(wanted))) {
      client.update(CONFIG_MAPS, withData(found.get(), wanted));
    }
  }

  private static ApiObject object(String kind, String namespace, String name) {
    ObjectNode json = Json.object().put("apiVersion", "v1").put("kind", kind);
    return ApiObject.of(json).setNamespace(namespace).setName(name);
  }

  private static ApiObject withData(ApiObject map, Map<String, String> data) {
    map.json().set("data", data(data));
    return map;
  }

  private static ObjectNode data(Map<String, String> data) {
    ObjectNode json = Json.object();
    data.forEach(json::put);
    return json;
  }

  private void create(GroupVersionResource resource, ApiObject object) {
    try {
      client.create(resource, object);
    } catch (StatusException e) {
      if (!NEEDLESS.contains(e.status().reason())) {
        throw e;
      }
    }
  }
}
