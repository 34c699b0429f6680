package io.croft.apiserver.controllers;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Empties namespaces that are to be deleted, and then lets them go. What holds it up stands in the
/// namespace's conditions.
final class NamespaceReconciler implements Reconciler {
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  /// When to look again while finalizers of the content are being worked on.
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final ApiClient client;
  private final ResourceCatalog catalog;
  private final InstantSource clock;

  NamespaceReconciler(ApiClient client, ResourceCatalog catalog, InstantSource clock) {
    this.client = client;
    this.catalog = catalog;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(NAMESPACES, "", request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() == null) {
      return Result.DONE;
    }
    ApiObject namespace = found.get();
    List<ApiObject> remaining = empty(namespace.name());
    if (!remaining.isEmpty()) {
      report(namespace, remaining);
      return Result.after(AGAIN);
    }
    finish(namespace);
    return Result.DONE;
  }

  /// Deletes everything in a namespace and returns some of what is still there.
  private List<ApiObject> empty(String namespace) {
    var remaining = new ArrayList<ApiObject>();
    Set<String> seen = new HashSet<>(); // a kind that two groups serve is stored once
    for (ResourceType type : catalog.snapshot().byResource().values()) {
      boolean content = type.namespaced() && type.backing() instanceof Backing.Stored;
      if (!content || !seen.add(type.location().prefix())) {
        continue;
      }
      GroupVersionResource resource = type.gvr();
      if (!client.list(resource, namespace, SOME).items().isEmpty()) {
        client.deleteCollection(resource, namespace, ListOptions.ALL, DeleteOptions.DEFAULT);
        remaining.addAll(client.list(resource, namespace, SOME).items());
      }
    }
    return remaining;
  }

  /// Few enough to be held at a time, however large they are.
  private static final ListOptions SOME = ListOptions.ALL.withPage(10, "");

  private void finish(ApiObject namespace) {
    ApiObject done = namespace.copy();
    if (done.json().get("spec") instanceof ObjectNode spec) {
      ArrayNode kept = Json.array();
      for (var finalizer : spec.path("finalizers")) {
        if (!finalizer.asText().equals("kubernetes")) {
          kept.add(finalizer);
        }
      }
      spec.set("finalizers", kept);
    }
    client.updateSubresource(NAMESPACES, done, "finalize");
  }

  private void report(ApiObject namespace, List<ApiObject> remaining) {
    Map<String, Integer> kinds = new TreeMap<>();
    Map<String, Integer> finalizers = new TreeMap<>();
    for (ApiObject object : remaining) {
      kinds.merge(object.kind(), 1, Integer::sum);
      object.finalizers().forEach(f -> finalizers.merge(f, 1, Integer::sum));
    }
    ApiObject reported = namespace.copy();
    ObjectNode status =
        reported.json().get("status") instanceof ObjectNode there
            ? there
            : reported.json().putObject("status");
    condition(
        status,
        "NamespaceContentRemaining",
        "SomeResourcesRemain",
        "Some resources are remaining, among them: "
            + counted(kinds, " has ", " resource instances"));
    if (!finalizers.isEmpty()) {
      condition(
          status,
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          "Some content in the namespace has finalizers remaining: "
              + counted(finalizers, " in ", " resource instances"));
    }
    if (!reported.json().equals(namespace.json())) {
      client.updateStatus(NAMESPACES, reported);
    }
  }

  private static String counted(Map<String, Integer> counts, String before, String after) {
    var parts = new ArrayList<String>();
    counts.forEach((what, count) -> parts.add(what + before + count + after));
    return String.join(", ", parts);
  }

  private void condition(ObjectNode status, String type, String reason, String message) {
    ArrayNode conditions = status.withArray("conditions");
    for (var present : conditions) {
      if (present.path("type").asText().equals(type)) {
        ((ObjectNode) present).put("message", message);
        return;
      }
    }
    conditions
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("reason", reason)
        .put("message", message);
  }
}
