package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.RequestDescription;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import java.util.UUID;

/// The question to a webhook: an `AdmissionReview` of `admission.k8s.io/v1`.
///
/// @param uid by which the answer names the question
/// @param as the version of the resource that the webhook is asked in
record Review(String uid, ResourceType as, AdmissionRequest request) {
  static Review of(AdmissionRequest request, ResourceType as) {
    return new Review(UUID.randomUUID().toString(), as, request);
  }

  ObjectNode toJson() {
    ObjectNode review =
        Json.object().put("kind", "AdmissionReview").put("apiVersion", "admission.k8s.io/v1");
    ObjectNode asked = review.putObject("request").put("uid", uid);
    asked.setAll(RequestDescription.of(request, as));
    asked.set("object", RequestDescription.converted(request.object(), request.type(), as));
    asked.set("oldObject", RequestDescription.converted(request.old(), request.type(), as));
    return review;
  }
}
