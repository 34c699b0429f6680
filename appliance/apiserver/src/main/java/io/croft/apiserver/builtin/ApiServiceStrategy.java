package io.croft.apiserver.builtin;

import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.model.ApiObject;

/// API services: one without a service behind it is served by this server, and so available.
final class ApiServiceStrategy extends KindStrategy {
  private final RemoteApis remote;

  /// @param remote told of every API service
  ApiServiceStrategy(RemoteApis remote) {
    this.remote = remote;
  }

  @Override
  public void written(ApiObject object) {
    remote.written(object);
  }

  @Override
  public void removed(ApiObject last, long revision) {
    remote.removed(last, revision);
  }

  @Override
  public void prepareForCreate(ApiObject object) {
    super.prepareForCreate(object);
    if (object.json().path("spec").path("service").isObject()) {
      return;
    }
    object
        .json()
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", "Available")
        .put("status", "True")
        .put("lastTransitionTime", object.metadata().path("creationTimestamp").asText())
        .put("reason", "Local")
        .put("message", "Local APIServices are always available");
  }
}
