package io.croft.apiserver.controllers;

import io.croft.apiserver.crd.CustomResourceDefinitions;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.ListOptions;
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

/// Deletes the objects of custom resource definitions that are to be deleted, and then lets the
/// definitions go.
final class CustomResourceCleaner implements Reconciler {
  static final GroupVersionResource DEFINITIONS =
      new GroupVersionResource("apiextensions.k8s.io", "v1", "customresourcedefinitions");

  /// When to look again while the objects' own finalizers are being worked on.
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final ApiClient client;

  CustomResourceCleaner(ApiClient client) {
    this.client = client;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(DEFINITIONS, "", request.name());
    if (found.isEmpty() || found.get().deletionTimestamp() == null) {
      return Result.DONE;
    }
    ApiObject definition = found.get();
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

  /// @return whether none are left
  private boolean deleteObjects(ApiObject definition) {
    Optional<GroupVersionResource> served = served(definition);
    if (served.isEmpty()) {
      return true; // never established, or no version is served: nothing can be reached
    }
    GroupVersionResource resource = served.get();
    for (ApiObject object : client.listAll(resource, "", ListOptions.ALL).items()) {
      if (object.deletionTimestamp() == null) {
        delete(resource, object);
      }
    }
    return client.listAll(resource, "", ListOptions.ALL).items().isEmpty();
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

  private static Optional<GroupVersionResource> served(ApiObject definition) {
    var spec = definition.json().path("spec");
    List<GroupVersionResource> served = new ArrayList<>();
    for (var version : spec.path("versions")) {
      if (version.path("served").asBoolean(false)) {
        served.add(
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
