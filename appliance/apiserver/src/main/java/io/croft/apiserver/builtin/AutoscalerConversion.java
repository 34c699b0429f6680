package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.schema.StructuralSchema;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Between `autoscaling/v1` autoscalers, as served, and those of `v2`, as stored. The older version
/// knows one metric, the use of processors; everything else travels in annotations.
final class AutoscalerConversion implements VersionConversion {
  private final StructuralSchema stored;

  /// @param stored the schema of `autoscaling/v2` autoscalers
  AutoscalerConversion(StructuralSchema stored) {
    this.stored = stored;
  }

  private static final String PREFIX = "autoscaling.alpha.kubernetes.io/";

  /// Fields of `v2` by the annotations that they travel in.
  private static final Map<String, String> ANNOTATED =
      Map.of(
          PREFIX + "metrics", "/spec/metrics",
          PREFIX + "behavior", "/spec/behavior",
          PREFIX + "current-metrics", "/status/currentMetrics",
          PREFIX + "conditions", "/status/conditions");

  @Override
  public ObjectNode toStorage(ObjectNode served) {
    served.put("apiVersion", "autoscaling/v2");
    ANNOTATED.forEach((annotation, pointer) -> restore(served, annotation, pointer));
    dropWhatIsNone(served);
    if (served.get("spec") instanceof ObjectNode spec) {
      JsonNode share = spec.remove("targetCPUUtilizationPercentage");
      if (share != null) {
        insert(spec, "metrics", cpu("target", share).put("type", "Resource"));
      } else if (spec.path("metrics").isEmpty()) {
        insert(spec, "metrics", cpu("target", Json.number(80)).put("type", "Resource"));
      }
    }
    if (served.get("status") instanceof ObjectNode status) {
      JsonNode share = status.remove("currentCPUUtilizationPercentage");
      if (share != null) {
        insert(status, "currentMetrics", cpu("current", share).put("type", "Resource"));
      }
    }
    return served;
  }

  /// Annotations may say anything: what does not make an autoscaler of them is left out.
  private void dropWhatIsNone(ObjectNode restored) {
    ObjectNode pruned = restored.deepCopy();
    stored.prune(pruned);
    ANNOTATED
        .values()
        .forEach(pointer -> {
          JsonNode value = pruned.at(pointer);
          if (!value.isMissingNode()) {
            ObjectNode alone = Json.object();
            parent(alone, pointer).set(field(pointer), value);
            boolean good =
                stored.validate(alone, null).stream()
                    .noneMatch(e -> e.field().startsWith(pointer.substring(1).replace('/', '.')));
            if (good) {
              parent(restored, pointer).set(field(pointer), value);
            } else {
              parent(restored, pointer).remove(field(pointer));
            }
          }
        });
  }

  private static void insert(ObjectNode parent, String field, ObjectNode first) {
    ArrayNode list = parent.arrayNode().add(first);
    list.addAll(parent.withArray(field));
    parent.set(field, list);
  }

  private static ObjectNode cpu(String part, JsonNode share) {
    ObjectNode metric = Json.object();
    ObjectNode value = metric.putObject("resource").put("name", "cpu").putObject(part);
    if (part.equals("target")) {
      value.put("type", "Utilization");
    }
    value.set("averageUtilization", share);
    return metric;
  }

  private static void restore(ObjectNode object, String annotation, String pointer) {
    if (!(object.path("metadata").get("annotations") instanceof ObjectNode annotations)) {
      return;
    }
    JsonNode text = annotations.remove(annotation);
    if (text == null || (pointer.startsWith("/status") && !object.has("status"))) {
      return;
    }
    try {
      JsonNode value = Json.parse(text.asText().getBytes(StandardCharsets.UTF_8));
      parent(object, pointer).set(field(pointer), value);
    } catch (MalformedJsonException e) {
      // What is no JSON was not written by this conversion: it is left out.
    }
    if (annotations.isEmpty()) {
      ((ObjectNode) object.path("metadata")).remove("annotations");
    }
  }

  private static ObjectNode parent(ObjectNode object, String pointer) {
    return object.withObject(pointer.substring(0, pointer.lastIndexOf('/')));
  }

  private static String field(String pointer) {
    return pointer.substring(pointer.lastIndexOf('/') + 1);
  }

  @Override
  public ObjectNode fromStorage(ObjectNode stored) {
    stored.put("apiVersion", "autoscaling/v1");
    if (stored.get("spec") instanceof ObjectNode spec) {
      takeCpu(spec, "metrics", "target", "targetCPUUtilizationPercentage");
    }
    if (stored.get("status") instanceof ObjectNode status) {
      takeCpu(status, "currentMetrics", "current", "currentCPUUtilizationPercentage");
    }
    ANNOTATED.forEach((annotation, pointer) -> annotate(stored, annotation, pointer));
    return stored;
  }

  private static void takeCpu(ObjectNode parent, String list, String part, String field) {
    if (!(parent.get(list) instanceof ArrayNode metrics)) {
      return;
    }
    for (int i = 0; i < metrics.size(); i++) {
      JsonNode resource = metrics.get(i).path("resource");
      JsonNode share = resource.path(part).path("averageUtilization");
      if (resource.path("name").asText().equals("cpu") && share.isNumber()) {
        parent.set(field, share);
        metrics.remove(i);
        return;
      }
    }
  }

  private static void annotate(ObjectNode object, String annotation, String pointer) {
    JsonNode value = object.at(pointer);
    if (value.isMissingNode()) {
      return;
    }
    parent(object, pointer).remove(field(pointer));
    if (!value.isEmpty()) {
      object.withObject("/metadata/annotations").put(annotation, Json.text(value));
    }
  }
}
