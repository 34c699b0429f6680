package io.croft.apiserver.admission.quota;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.registry.AdmissionRequest.Operation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Quantity;
import io.croft.model.Statuses;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Enforces the `LimitRange`s of a namespace: fills in what containers leave out, and refuses pods
/// and claims that ask for too little or too much.
public final class LimitRanger implements Admission {
  private static final GroupVersionResource RANGES =
      new GroupVersionResource("", "v1", "limitranges");
  private static final String ANNOTATION = "kubernetes.io/limit-ranger";

  private final StoredObjects objects;

  public LimitRanger(StoredObjects objects) {
    this.objects = objects;
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    ApiObject pod = request.object();
    if (pod == null || request.operation() != Operation.CREATE || !request.concerns("", "pods")) {
      return false;
    }
    var done = new ArrayList<String>();
    for (JsonNode item : items(pod.namespace(), "Container")) {
      for (String kind : List.of("containers", "initContainers")) {
        for (JsonNode container : pod.json().path("spec").path(kind)) {
          complete((ObjectNode) container, kind, item, done);
        }
      }
    }
    if (done.isEmpty()) {
      return false;
    }
    var annotations = new HashMap<>(pod.annotations());
    annotations.put(ANNOTATION, "LimitRanger plugin set: " + String.join("; ", done));
    pod.setAnnotations(annotations);
    return true;
  }

  private List<JsonNode> items(String namespace, String type) {
    var items = new ArrayList<JsonNode>();
    for (ApiObject range : objects.list(RANGES, namespace)) {
      for (JsonNode item : range.json().path("spec").path("limits")) {
        if (item.path("type").asText("").equals(type)) {
          items.add(item);
        }
      }
    }
    return items;
  }

  /// A default limit that is not given is the most; a default request the default limit, else the
  /// least.
  private static void complete(
      ObjectNode container, String kind, JsonNode item, List<String> done) {
    var limits = new TreeMap<>(texts(item.path("max")));
    limits.putAll(texts(item.path("default")));
    var requests = new TreeMap<>(texts(item.path("min")));
    requests.putAll(limits);
    requests.putAll(texts(item.path("defaultRequest")));
    fill(container, kind, "limits", limits, done);
    fill(container, kind, "requests", requests, done);
  }

  private static Map<String, String> texts(JsonNode list) {
    var texts = new TreeMap<String, String>();
    list.properties().forEach(e -> texts.put(e.getKey(), e.getValue().asText()));
    return texts;
  }

  private static void fill(
      ObjectNode container,
      String kind,
      String field,
      Map<String, String> values,
      List<String> done) {
    JsonNode present = container.path("resources").path(field);
    String what = kind.equals("containers") ? "container" : "init container";
    String name = container.path("name").asText("");
    for (var value : values.entrySet()) {
      if (!present.has(value.getKey())) {
        container
            .withObject("/resources")
            .withObject("/" + field)
            .put(value.getKey(), value.getValue());
        done.add(
            value.getKey()
                + " "
                + field.substring(0, field.length() - 1)
                + " for "
                + what
                + " "
                + name);
      }
    }
  }

  @Override
  public void validate(AdmissionRequest request) {
    ApiObject object = request.object();
    // Otherwise what a pod may use is settled when it is made.
    boolean pod =
        request.resizesPod()
            || (request.concerns("", "pods") && request.operation() == Operation.CREATE);
    boolean claim = request.concerns("", "persistentvolumeclaims");
    if (object == null || (!pod && !claim)) {
      return;
    }
    var errors = new ArrayList<String>();
    JsonNode spec = object.json().path("spec");
    if (pod) {
      for (String kind : List.of("containers", "initContainers")) {
        for (JsonNode container : spec.path(kind)) {
          check(object.namespace(), "Container", Asked.of(container.path("resources")), errors);
        }
      }
      var whole = new Asked(PodResources.of(spec, "requests"), PodResources.of(spec, "limits"));
      check(object.namespace(), "Pod", whole, errors);
    } else {
      Map<String, Quantity> requests =
          PodResources.quantities(spec.path("resources").path("requests"));
      // A claim has no limits: it is held to what it asks for.
      check(object.namespace(), "PersistentVolumeClaim", new Asked(requests, requests), errors);
    }
    if (!errors.isEmpty()) {
      String why = errors.size() == 1 ? errors.getFirst() : "[" + String.join(", ", errors) + "]";
      throw Statuses.forbidden("", request.type().gvr().resource(), object.name(), why);
    }
  }

  /// What something asks for.
  private record Asked(Map<String, Quantity> requests, Map<String, Quantity> limits) {
    static Asked of(JsonNode resources) {
      return new Asked(
          PodResources.quantities(resources.path("requests")),
          PodResources.quantities(resources.path("limits")));
    }
  }

  private void check(String namespace, String type, Asked asked, List<String> errors) {
    for (JsonNode item : items(namespace, type)) {
      PodResources.quantities(item.path("min")).forEach((k, v) -> least(type, k, v, asked, errors));
      PodResources.quantities(item.path("max")).forEach((k, v) -> most(type, k, v, asked, errors));
      PodResources.quantities(item.path("maxLimitRequestRatio"))
          .forEach((k, v) -> ratio(type, k, v, asked, errors));
    }
  }

  private static void least(
      String type, String name, Quantity least, Asked asked, List<String> errors) {
    Quantity request = asked.requests().get(name);
    Quantity limit = asked.limits().get(name);
    String rule = "minimum " + name + " usage per " + type + " is " + least;
    if (request == null) {
      errors.add(rule + ".  No request is specified");
    } else if (request.compareTo(least) < 0) {
      errors.add(rule + ", but request is " + request);
    } else if (limit != null && limit.compareTo(least) < 0) {
      errors.add(rule + ", but limit is " + limit);
    }
  }

  private static void most(
      String type, String name, Quantity most, Asked asked, List<String> errors) {
    Quantity request = asked.requests().get(name);
    Quantity limit = asked.limits().get(name);
    String rule = "maximum " + name + " usage per " + type + " is " + most;
    if (limit == null) {
      errors.add(rule + ".  No limit is specified");
    } else if (limit.compareTo(most) > 0) {
      errors.add(rule + ", but limit is " + limit);
    } else if (request != null && request.compareTo(most) > 0) {
      errors.add(rule + ", but request is " + request);
    }
  }

  private static void ratio(
      String type, String name, Quantity most, Asked asked, List<String> errors) {
    Quantity request = asked.requests().get(name);
    Quantity limit = asked.limits().get(name);
    String rule = name + " max limit to request ratio per " + type + " is " + most;
    if (request == null || request.value().signum() == 0) {
      errors.add(rule + ", but no request is specified or request is 0");
    } else if (limit == null || limit.value().signum() == 0) {
      errors.add(rule + ", but no limit is specified or limit is 0");
    } else {
      var actual = limit.value().divide(request.value(), 6, RoundingMode.HALF_UP);
      if (actual.compareTo(most.value()) > 0) {
        errors.add(rule + ", but provided ratio is " + actual);
      }
    }
  }
}
