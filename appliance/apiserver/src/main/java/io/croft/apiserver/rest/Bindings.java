package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.Status;
import io.croft.model.Statuses;
import io.croft.security.RequestInfo;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// Binds pods to nodes, as a scheduler asks for it: `pods/NAME/binding`, or `bindings`.
final class Bindings {
  private static final String DEFINITION = "io.k8s.api.core.v1.Binding";
  private static final GroupVersionKind KIND = new GroupVersionKind("", "v1", "Binding");

  private final ResourceCatalog catalog;
  private final Registry registry;
  private final Bodies bodies;
  private final InstantSource clock;

  Bindings(ResourceCatalog catalog, Registry registry, Bodies bodies, InstantSource clock) {
    this.catalog = catalog;
    this.registry = registry;
    this.bodies = bodies;
    this.clock = clock;
  }

  Subresource subresource() {
    return new Subresource("binding", KIND, List.of("create"), this::handle);
  }

  /// Whether a request makes a binding that names its pod itself.
  static boolean creates(RequestInfo info) {
    return info.verb().equals("create")
        && info.subresource().isEmpty()
        && info.group().isEmpty()
        && info.plural().equals("bindings");
  }

  HttpResponse handle(Call call) {
    RequestInfo info = call.info();
    WriteOptions options = call.writeOptions();
    ApiObject binding = ApiObject.of(bodies.object(call.request(), DEFINITION));
    String pod = info.name().isEmpty() ? binding.name() : info.name();
    if (!binding.name().isEmpty() && !binding.name().equals(pod)) {
      throw Statuses.badRequest("name in URL does not match name in Binding object");
    }
    JsonNode target = binding.json().path("target");
    check(pod, target);
    String node = target.path("name").asText();
    ResourceType pods = catalog.snapshot().find("", "v1", "pods").orElseThrow();
    binding.setType(KIND).setName(pod).setNamespace(info.namespace());
    registry.admit(pods, "binding", binding, null, options);
    registry.update(
        pods,
        info.namespace(),
        pod,
        "binding",
        current -> scheduled(bound(ApiObject.of(current), binding, node)),
        false,
        options);
    return Responses.json(201, Status.success(null).toJson());
  }

  private static void check(String pod, JsonNode target) {
    String kind = target.path("kind").asText("");
    if (!kind.isEmpty() && !kind.equals("Node")) {
      throw Statuses.invalid(
          KIND,
          pod,
          List.of(FieldError.notSupported("target.kind", kind, List.of("Node", "<empty>"))));
    }
    if (target.path("name").asText("").isEmpty()) {
      throw Statuses.invalid(KIND, pod, List.of(FieldError.required("target.name", "")));
    }
  }

  private static ObjectNode bound(ApiObject pod, ApiObject binding, String node) {
    ObjectNode spec = pod.json().withObject("/spec");
    String present = spec.path("nodeName").asText("");
    if (pod.deletionTimestamp() != null) {
      throw Statuses.conflict(
          "",
          "pods/binding",
          pod.name(),
          "pod " + pod.name() + " is being deleted, cannot be assigned to a host");
    }
    if (!present.isEmpty()) {
      throw Statuses.conflict(
          "",
          "pods/binding",
          pod.name(),
          "pod " + pod.name() + " is already assigned to node \"" + present + "\"");
    }
    if (!spec.path("schedulingGates").isEmpty()) {
      throw Statuses.conflict(
          "",
          "pods/binding",
          pod.name(),
          "pod " + pod.name() + " has non-empty .spec.schedulingGates");
    }
    spec.put("nodeName", node);
    binding.annotations().forEach(pod.json().withObject("/metadata/annotations")::put);
    if (pod.annotations().isEmpty()) {
      pod.metadata().remove("annotations");
    }
    return pod.json();
  }

  private ObjectNode scheduled(ObjectNode pod) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    ObjectNode status = pod.withObject("/status");
    ArrayNode conditions = status.withArray("conditions");
    for (int i = conditions.size() - 1; i >= 0; i--) {
      if (conditions.get(i).path("type").asText().equals("PodScheduled")) {
        conditions.remove(i);
      }
    }
    conditions
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "True")
        .put("lastTransitionTime", now.toString());
    return pod;
  }
}
