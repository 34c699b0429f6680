package io.croft.smoke;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Every request that an appliance says it answers: what discovery and OpenAPI tell, and the paths
/// that neither knows of.
final class ServedPaths {
  private static final Map<String, String> METHODS =
      Map.of(
          "get", "GET",
          "list", "GET",
          "watch", "GET",
          "create", "POST",
          "update", "PUT",
          "patch", "PATCH",
          "delete", "DELETE",
          "deletecollection", "DELETE");

  private static final Set<String> COLLECTION =
      Set.of("list", "watch", "create", "deletecollection");

  /// Paths that are no resources, by method.
  static final List<Ask> OTHERS =
      asks(
          """
          GET /
          GET /version
          GET /healthz
          GET /livez
          GET /readyz
          GET /livez/store
          GET /readyz/informers
          GET /healthz/ping
          GET /metrics
          GET /metrics/slis
          GET /openapi/v2
          GET /openapi/v3
          GET /.well-known/openid-configuration
          GET /openid/v1/jwks
          GET /croft/v1/store/snapshot
          GET /croft/v1/store/export
          POST /croft/v1/store/compact
          GET /apis/fleet.croft.io/v1alpha1/machines/x/copy
          GET /apis/fleet.croft.io/v1alpha1/machines/x/copy?after=1&store=0
          POST /apis/fleet.croft.io/v1alpha1/machines/x/copy
          GET /apis/fleet.croft.io/v1alpha1/machines/x/tunnel
          GET /logs
          GET /debug/pprof
          GET /configz
          GET /no/such/path
          GET /identity
          GET /api/v1/no-such-kind
          GET /apis/no.such.group/v1/things
          OPTIONS /api/v1/secrets
          HEAD /api/v1/secrets
          HEAD /healthz
          POST /healthz
          """);

  /// Those that are answered without credentials.
  static final List<Ask> OPEN =
      asks(
          """
          GET /identity/.well-known/openid-configuration
          GET /identity/keys
          GET /identity/authorize
          POST /identity/authorize
          POST /identity/token
          POST /identity/device_authorization
          GET /identity/device
          POST /identity/device
          POST /identity/revoke
          GET /identity/login
          POST /identity/login
          GET /pki/crl/no-such-authority.crl
          POST /pki/ocsp
          """);

  /// Those that need the cookie of a browser's session, and take nothing else.
  static final List<Ask> BROWSERS =
      asks(
          """
          GET /identity/sessions
          POST /identity/sessions
          POST /identity/logout
          """);

  private ServedPaths() {}

  /// A method and a path with its query.
  record Ask(String method, String path) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private static List<Ask> asks(String lines) {
    return lines.lines().map(line -> line.split(" ")).map(w -> new Ask(w[0], w[1])).toList();
  }

  /// Everything, each once.
  static Set<Ask> of(Api admin) throws IOException, InterruptedException {
    var asks = new LinkedHashSet<>(OTHERS);
    List<String> versions = versions(admin);
    for (String version : versions) {
      asks.add(new Ask("GET", version));
      asks.add(new Ask("GET", "/openapi/v3" + version));
      JsonNode list = admin.get(version).json();
      for (JsonNode resource : list.path("resources")) {
        resource(asks, version, resource);
      }
    }
    for (String path : List.of("/openapi/v2")) {
      operations(asks, admin.get(path).json());
    }
    for (JsonNode document : admin.get("/openapi/v3").json().path("paths")) {
      String path = document.path("serverRelativeURL").asText();
      asks.add(new Ask("GET", path));
      operations(asks, admin.get(path).json());
    }
    return asks;
  }

  private static List<String> versions(Api admin) throws IOException, InterruptedException {
    List<String> versions = new ArrayList<>(List.of("/api", "/api/v1", "/apis"));
    for (JsonNode group : admin.get("/apis").json().path("groups")) {
      versions.add("/apis/" + group.path("name").asText());
      group
          .path("versions")
          .forEach(version -> versions.add("/apis/" + version.path("groupVersion").asText()));
    }
    return versions;
  }

  private static void resource(Set<Ask> asks, String version, JsonNode resource) {
    String[] name = resource.path("name").asText().split("/", 2);
    String sub = name.length == 1 ? "" : "/" + name[1];
    var scopes = new HashSet<String>();
    scopes.add(resource.path("namespaced").asBoolean() ? "/namespaces/default" : "");
    for (JsonNode verb : resource.path("verbs")) {
      String method = METHODS.getOrDefault(verb.asText(), "");
      if (method.isEmpty()) {
        continue; // such as impersonate, which no path asks for
      }
      boolean collection = sub.isEmpty() && COLLECTION.contains(verb.asText());
      String query = verb.asText().equals("watch") ? "?watch=1&timeoutSeconds=1" : "";
      for (String scope : scopes) {
        String path = version + scope + "/" + name[0] + (collection ? "" : "/x" + sub);
        asks.add(new Ask(method, path + query));
      }
      if (collection && method.equals("GET")) {
        asks.add(new Ask(method, version + "/" + name[0] + query)); // in all namespaces
      }
    }
  }

  private static void operations(Set<Ask> asks, JsonNode document) {
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .fieldNames()
                .forEachRemaining(method -> {
                  if (!method.equals("parameters")) {
                    asks.add(
                        new Ask(
                            method.toUpperCase(Locale.ROOT),
                            path.getKey()
                                .replace("{namespace}", "default")
                                .replaceAll("\\{[a-z]+\\}", "x")));
                  }
                }));
  }
}
