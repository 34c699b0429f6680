package io.croft.certificates.injection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.List;

/// The kinds that have a `caBundle`.
public enum Injectable {
  VALIDATING_WEBHOOKS("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
  MUTATING_WEBHOOKS("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
  API_SERVICES("apiregistration.k8s.io", "apiservices"),
  DEFINITIONS("apiextensions.k8s.io", "customresourcedefinitions");

  private final String group;
  private final String plural;

  Injectable(String group, String plural) {
    this.group = group;
    this.plural = plural;
  }

  public GroupVersionResource resource() {
    return new GroupVersionResource(group, "v1", plural);
  }

  /// Where the bundle goes.
  List<ObjectNode> places(ApiObject object) {
    var places = new ArrayList<ObjectNode>();
    JsonNode json = object.json();
    switch (this) {
      case VALIDATING_WEBHOOKS, MUTATING_WEBHOOKS -> {
        for (JsonNode webhook : json.path("webhooks")) {
          add(places, webhook.path("clientConfig"));
        }
      }
      case API_SERVICES -> {
        if (json.at("/spec/service").isObject()) {
          add(places, json.path("spec"));
        }
      }
      case DEFINITIONS -> add(places, json.at("/spec/conversion/webhook/clientConfig"));
    }
    return places;
  }

  private static void add(List<ObjectNode> places, JsonNode place) {
    if (place instanceof ObjectNode object) {
      places.add(object);
    }
  }
}
