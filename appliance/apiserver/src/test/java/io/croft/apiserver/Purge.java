package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceType;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/// Brings a test's server back to where it began: nothing but what the seeds of requests build on.
final class Purge {
  private final TestApi api;

  Purge(TestApi api) {
    this.api = api;
  }

  void run() {
    // What is asked about every write goes first, definitions after their objects.
    removeWebhooks();
    var types = new ArrayList<ResourceType>();
    for (ResourceType type : api.server.catalog().snapshot().byResource().values()) {
      if (type.backing() instanceof Backing.Stored && !type.gvr().resource().equals("namespaces")) {
        types.add(type);
      }
    }
    types.sort((a, b) -> Boolean.compare(definition(a), definition(b)));
    for (ResourceType type : types) {
      removeAll(root(type), type.gvr().resource());
    }
    removeAll("/api/v1", "namespaces");
    for (FuzzRequest preparation : RequestSeeds.preparations()) {
      var made = api.post(preparation.path(), preparation.body().toString());
      if (made.code() != 201 && made.code() != 409) {
        throw new AssertionError(preparation + " is answered with " + made);
      }
    }
    api.store.compact(api.store.revision());
  }

  void removeWebhooks() {
    for (String first :
        new String[] {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"}) {
      removeAll("/apis/admissionregistration.k8s.io/v1", first);
    }
  }

  private static boolean definition(ResourceType type) {
    return type.gvr().resource().equals("customresourcedefinitions");
  }

  private static String root(ResourceType type) {
    String group = type.gvr().group();
    return (group.isEmpty() ? "/api/" : "/apis/" + group + "/") + type.gvr().version();
  }

  private void removeAll(String root, String plural) {
    for (JsonNode item : api.get(root + "/" + plural).body().path("items")) {
      String namespace = item.at("/metadata/namespace").asText("");
      String path =
          root
              + (namespace.isEmpty() ? "/" : "/namespaces/" + namespace + "/")
              + plural
              + "/"
              + URLEncoder.encode(item.at("/metadata/name").asText(), StandardCharsets.UTF_8)
                  .replace("+", "%20");
      api.delete(path, "{\"gracePeriodSeconds\":0,\"propagationPolicy\":\"Background\"}");
      api.patch(path, "merge-patch", "{\"metadata\":{\"finalizers\":null}}");
      if (plural.equals("namespaces")) {
        ObjectNode namespaceObject = api.get(path).body();
        namespaceObject.withObject("/spec").putArray("finalizers");
        api.put(path + "/finalize", namespaceObject.toString());
      }
      if (plural.equals("pods")) {
        api.delete(path, "{\"gracePeriodSeconds\":0}");
      }
    }
  }
}
