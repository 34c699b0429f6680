package io.croft.apiserver.controllers;

import io.croft.apiserver.crd.CustomResourceDefinitions;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
import io.croft.client.ObjectList;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Looks after custom resource definitions: deletes the objects of those that are to be deleted and
/// then lets them go, and gives names that have become free to those that wait for them.
final class DefinitionReconciler implements Reconciler {
  static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");

  /// When to look again while the objects' own finalizers are being worked on.
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /// When to look again whether names have become free.
  private static final Duration NAMES_AGAIN = Duration.ofSeconds(2);

  /// Few enough to be held at a time, however large they are.
  private static final int PAGE = 10;

  private final ApiClient client;

  DefinitionReconciler(ApiClient client) {
    this.client = client;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(DEFINITIONS, "", request.name());
    if (found.isEmpty()) {
      return Result.DONE;
    }
    ApiObject definition = found.get();
    if (definition.deletionTimestamp() == null) {
      return settleNames(definition);
    }
    if (!definition.finalizers().contains(CustomResourceDefinitions.CLEANUP_FINALIZER)) {
      return Result.DONE;
    }
    if (!deleteObjects(definition)) {
      return Result.after(AGAIN);
    }
    ApiObject done = definition.copy();
    var finalizers = new ArrayList<>(done.finalizers());
    finalizers.remove(CustomResourceDefinitions.CLEANUP_FINALIZER);
    client.update(DEFINITIONS, done.setFinalizers(finalizers));
    return Result.DONE;
  }

  /// A definition whose names were taken gets them once they are free: a write has the server look
  /// anew.
  private Result settleNames(ApiObject definition) {
    for (var condition : definition.json().path("status").path("conditions")) {
      boolean refused =
          condition.path("type").asText().equals("NamesAccepted")
              && condition.path("status").asText().equals("False");
      if (refused) {
        client.update(DEFINITIONS, definition);
        return Result.after(NAMES_AGAIN);
      }
    }
    return Result.DONE;
  }

  /// @return whether none are left
  private boolean deleteObjects(ApiObject definition) {
    Optional<GroupVersionResource> served = served(definition);
    if (served.isEmpty()) {
      return true; // it was never established
    }
    GroupVersionResource resource = served.get();
    String next = "";
    do {
      ObjectList page = client.list(resource, "", ListOptions.ALL.withPage(PAGE, next));
      for (ApiObject object : page.items()) {
        if (object.deletionTimestamp() == null) {
          delete(resource, object);
        }
      }
      next = page.continueToken();
    } while (!next.isEmpty());
    return client.list(resource, "", ListOptions.ALL.withPage(1, "")).items().isEmpty();
  }

  private void delete(GroupVersionResource resource, ApiObject object) {
    try {
      client.delete(resource, object.namespace(), object.name(), DeleteOptions.DEFAULT);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
      // gone already: just what was wanted
    }
  }

  /// The version that objects are stored in, if it is served: they need no conversion then.
  private static Optional<GroupVersionResource> served(ApiObject definition) {
    var spec = definition.json().path("spec");
    List<GroupVersionResource> served = new ArrayList<>();
    for (var version : spec.path("versions")) {
      if (version.path("served").asBoolean(false)) {
        boolean stored = version.path("storage").asBoolean(false);
        served.add(
            stored ? 0 : served.size(),
            new GroupVersionResource(
                spec.path("group").asText(),
                version.path("name").asText(),
                spec.path("names").path("plural").asText()));
      }
    }
    boolean established = definition.at("status", "acceptedNames", "plural").isPresent();
    return established ? served.stream().findFirst() : Optional.empty();
  }
}
