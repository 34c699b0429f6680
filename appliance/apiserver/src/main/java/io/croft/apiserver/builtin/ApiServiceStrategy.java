package io.croft.apiserver.builtin;

import io.croft.model.ApiObject;

/// API services: one without a service behind it is served by this server, and so available.
final class ApiServiceStrategy extends KindStrategy {
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
