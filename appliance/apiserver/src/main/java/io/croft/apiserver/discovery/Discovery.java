package io.croft.apiserver.discovery;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.aggregation.RemoteApi;
import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.KubeVersion;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.rest.Representation;
import io.croft.apiserver.rest.Responses;
import io.croft.apiserver.rest.Subresource;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.GroupVersionKind;
import io.croft.model.Json;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tells clients which groups, versions and resources there are: `/api`, `/apis` and below, and all
/// of it at once (aggregated discovery).
public final class Discovery {
  private static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  private final ResourceCatalog catalog;
  private final RemoteApis remoteApis;
  private final List<Subresource> subresources;

  /// @param remoteApis what other servers serve
  /// @param subresources those that are of another kind than what they belong to
  public Discovery(ResourceCatalog catalog, RemoteApis remoteApis, List<Subresource> subresources) {
    this.catalog = catalog;
    this.remoteApis = remoteApis;
    this.subresources = List.copyOf(subresources);
  }

  private Optional<Subresource> subresource(String name) {
    return subresources.stream().filter(s -> s.name().equals(name)).findFirst();
  }

  /// @param path `/api`, `/apis` or something below, without a slash at the end
  public HttpResponse handle(HttpRequest request, String path) {
    ResourceCatalog.Snapshot all = catalog.snapshot();
    String[] parts = path.substring(1).split("/");
    boolean core = parts[0].equals("api");
    return switch (parts.length) {
      case 1 -> root(request, all, core);
      case 2 -> core ? resources(all, "", parts[1]) : Responses.json(200, group(all, parts[1]));
      case 3 -> resources(all, parts[1], parts[2]);
      default -> throw Statuses.noSuchResource();
    };
  }

  private HttpResponse root(HttpRequest request, ResourceCatalog.Snapshot all, boolean core) {
    if (wantsAggregated(request.headers())) {
      byte[] body = Json.bytes(aggregated(all, core));
      Headers headers = Headers.of("content-type", AGGREGATED, "vary", "Accept");
      return new HttpResponse.Complete(200, headers, body);
    }
    if (core) {
      ObjectNode versions = Json.object().put("kind", "APIVersions");
      versions.putArray("versions").add("v1");
      versions.putArray("serverAddressByClientCIDRs");
      return Responses.json(200, versions);
    }
    ObjectNode list = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    groups(all).keySet().stream().filter(g -> !g.isEmpty()).forEach(g -> groups.add(group(all, g)));
    return Responses.json(200, list);
  }

  private static boolean wantsAggregated(Headers headers) {
    for (String clause : String.join(",", headers.all("accept")).split(",")) {
      Map<String, String> parts = Representation.parts(clause);
      if (parts.getOrDefault("as", "").equals("APIGroupDiscoveryList")
          && parts.getOrDefault("v", "").equals("v2")) {
        return true;
      }
      String type = parts.getOrDefault("", "");
      if (!parts.containsKey("as") && List.of("application/json", "*/*").contains(type)) {
        return false; // preferred to what follows
      }
    }
    return false;
  }

  /// Groups with their versions, this server's own first.
  private Map<String, List<String>> groups(ResourceCatalog.Snapshot all) {
    List<RemoteApi> remote = remoteApis.all();
    if (remote.isEmpty()) {
      return all.groups();
    }
    var groups = new LinkedHashMap<String, List<String>>(all.groups());
    for (RemoteApi api : remote) {
      var versions = new ArrayList<>(groups.getOrDefault(api.group(), List.of()));
      if (!versions.contains(api.version())) {
        versions.add(api.version());
        versions.sort(KubeVersion.NEWEST_FIRST);
        groups.put(api.group(), versions);
      }
    }
    return groups;
  }

  private ObjectNode group(ResourceCatalog.Snapshot all, String name) {
    List<String> versions = groups(all).get(name);
    if (versions == null || name.isEmpty()) {
      throw Statuses.noSuchResource();
    }
    ObjectNode group =
        Json.object().put("kind", "APIGroup").put("apiVersion", "v1").put("name", name);
    ArrayNode list = group.putArray("versions");
    versions.forEach(v -> list.addObject().put("groupVersion", name + "/" + v).put("version", v));
    group.set("preferredVersion", list.get(0).deepCopy());
    return group;
  }

  private HttpResponse resources(ResourceCatalog.Snapshot all, String group, String version) {
    List<ResourceType> types = all.in(group, version);
    if (types.isEmpty()) {
      throw Statuses.noSuchResource();
    }
    ObjectNode list = Json.object().put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode resources = list.putArray("resources");
    for (ResourceType type : sorted(types)) {
      resource(resources.addObject(), type, "", verbs(type));
      for (String sub : type.subresources().stream().sorted().toList()) {
        resource(resources.addObject(), type, sub, subresourceVerbs(sub));
      }
    }
    return Responses.json(200, list);
  }

  private static List<ResourceType> sorted(List<ResourceType> types) {
    return types.stream().sorted(Comparator.comparing(t -> t.gvr().resource())).toList();
  }

  private void resource(
      ObjectNode json, ResourceType type, String subresource, List<String> verbs) {
    String plural = type.gvr().resource();
    boolean whole = subresource.isEmpty();
    json.put("name", whole ? plural : plural + "/" + subresource);
    json.put("singularName", whole ? type.names().singular() : "");
    json.put("namespaced", type.namespaced());
    GroupVersionKind kind = subresourceKind(type, subresource);
    if (!kind.equals(type.gvk())) {
      json.put("group", kind.group()).put("version", kind.version());
    }
    json.put("kind", kind.kind());
    texts(json, "verbs", verbs);
    if (whole) {
      textsIfAny(json, "shortNames", type.names().shortNames());
      textsIfAny(json, "categories", type.names().categories());
      if (type.backing() instanceof Backing.Stored) {
        json.put("storageVersionHash", hash(type.gvk()));
      }
    }
  }

  /// Tells clients when the stored version changes; opaque to them.
  private static String hash(GroupVersionKind gvk) {
    return Integer.toHexString(gvk.hashCode());
  }

  private static List<String> verbs(ResourceType type) {
    return type.verbs().stream().sorted().toList();
  }

  private List<String> subresourceVerbs(String name) {
    List<String> usual =
        name.equals("finalize") ? List.of("update") : List.of("get", "patch", "update");
    return subresource(name).map(Subresource::verbs).orElse(usual);
  }

  /// Of what kind a subresource is: mostly of the same as what it belongs to.
  private GroupVersionKind subresourceKind(ResourceType type, String name) {
    return subresource(name).map(Subresource::kind).orElse(type.gvk());
  }

  private static void texts(ObjectNode json, String field, List<String> values) {
    ArrayNode array = json.putArray(field);
    values.forEach(array::add);
  }

  private static void textsIfAny(ObjectNode json, String field, List<String> values) {
    if (!values.isEmpty()) {
      texts(json, field, values);
    }
  }

  private ObjectNode aggregated(ResourceCatalog.Snapshot all, boolean core) {
    ObjectNode list =
        Json.object()
            .put("kind", "APIGroupDiscoveryList")
            .put("apiVersion", "apidiscovery.k8s.io/v2");
    list.putObject("metadata");
    ArrayNode items = list.putArray("items");
    for (Map.Entry<String, List<String>> group : groups(all).entrySet()) {
      if (group.getKey().isEmpty() != core) {
        continue;
      }
      ObjectNode item = items.addObject();
      ObjectNode metadata = item.putObject("metadata");
      if (!core) {
        metadata.put("name", group.getKey());
      }
      ArrayNode versions = item.putArray("versions");
      for (String version : group.getValue()) {
        ObjectNode one = versions.addObject().put("version", version);
        var remote = remoteApis.find(group.getKey(), version, all);
        if (remote.isPresent()) {
          remoteApis
              .resources(remote.get())
              .ifPresent(heard -> RemoteResources.describe(heard, remote.get(), one));
          one.put("freshness", remote.get().available() ? "Current" : "Stale");
          continue;
        }
        ArrayNode resources = one.putArray("resources");
        sorted(all.in(group.getKey(), version)).forEach(t -> aggregated(resources.addObject(), t));
        one.put("freshness", "Current");
      }
    }
    return list;
  }

  private void aggregated(ObjectNode json, ResourceType type) {
    json.put("resource", type.gvr().resource());
    kind(json, type.gvk());
    json.put("scope", type.namespaced() ? "Namespaced" : "Cluster");
    json.put("singularResource", type.names().singular());
    texts(json, "verbs", verbs(type));
    textsIfAny(json, "shortNames", type.names().shortNames());
    textsIfAny(json, "categories", type.names().categories());
    if (!type.subresources().isEmpty()) {
      ArrayNode array = json.putArray("subresources");
      for (String sub : type.subresources().stream().sorted().toList()) {
        ObjectNode one = array.addObject().put("subresource", sub);
        kind(one, subresourceKind(type, sub));
        texts(one, "verbs", subresourceVerbs(sub));
      }
    }
  }

  private static void kind(ObjectNode json, GroupVersionKind gvk) {
    json.putObject("responseKind")
        .put("group", gvk.group())
        .put("version", gvk.version())
        .put("kind", gvk.kind());
  }
}
