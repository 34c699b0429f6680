package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.registry.Mutation;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.http.HttpRequest;
import io.croft.model.MalformedYamlException;
import io.croft.model.Statuses;
import io.croft.model.StoredJson;
import io.croft.model.Yaml;
import io.croft.model.patch.JsonPatch;
import io.croft.model.patch.MergePatch;
import io.croft.model.patch.PatchException;
import io.croft.model.patch.PatchSchema;
import io.croft.model.patch.StrategicMergePatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads patches of every type that a resource takes.
final class Patches {
  private static final String JSON = "application/json-patch+json";
  private static final String MERGE = "application/merge-patch+json";
  private static final String STRATEGIC = "application/strategic-merge-patch+json";

  private static final String APPLY = "application/apply-patch+yaml";

  /// The most operations of one JSON patch: kube-apiserver's limit.
  private static final int MAX_OPERATIONS = 10_000;

  private Patches() {}

  /// @throws io.croft.model.StatusException 400, 413 or 415
  static Mutation read(ResourceType type, HttpRequest request) {
    return read(type.patches(), request);
  }

  /// @param schema what strategic merge patch knows; null when such patches are not taken
  static Mutation read(@Nullable PatchSchema schema, HttpRequest request) {
    String mediaType = Bodies.mediaType(request);
    return switch (mediaType) {
      case JSON -> json(request);
      case MERGE -> {
        ObjectNode patch = Bodies.parseObject(Bodies.bytes(request));
        yield current -> object(MergePatch.apply(current, patch));
      }
      case STRATEGIC -> {
        if (schema == null) {
          throw unsupported(false);
        }
        ObjectNode patch = Bodies.parseObject(Bodies.bytes(request));
        yield applying(current -> StrategicMergePatch.apply(current, patch, schema));
      }
      default -> throw unsupported(schema != null);
    };
  }

  /// Whether a request applies a configuration, rather than patching.
  static boolean applies(HttpRequest request) {
    return Bodies.mediaType(request).equals(APPLY);
  }

  /// The configuration that a request applies, in YAML or JSON.
  ///
  /// @throws io.croft.model.StatusException 400 or 413
  static ObjectNode configuration(HttpRequest request) {
    byte[] body = Bodies.bytes(request);
    try {
      if (Yaml.parse(body) instanceof ObjectNode configuration) {
        return configuration;
      }
    } catch (MalformedYamlException e) {
      throw Statuses.badRequest("error decoding patch: " + e.getMessage());
    }
    throw Statuses.badRequest("error decoding patch: an object is expected");
  }

  private static Mutation json(HttpRequest request) {
    if (!(Bodies.parse(Bodies.bytes(request)) instanceof ArrayNode operations)) {
      throw Statuses.badRequest("a JSON patch must be an array of operations");
    }
    if (operations.size() > MAX_OPERATIONS) {
      throw Statuses.tooLarge(
          "The allowed maximum operations in a JSON patch is "
              + MAX_OPERATIONS
              + ", got "
              + operations.size());
    }
    return applying(current -> object(JsonPatch.apply(whole(current), operations)));
  }

  /// With the record of owners as a tree: a JSON patch may point into it.
  private static ObjectNode whole(ObjectNode object) {
    if (object.get("metadata") instanceof ObjectNode metadata && metadata.has("managedFields")) {
      metadata.set("managedFields", StoredJson.read(metadata.get("managedFields")));
    }
    return object;
  }

  private static Mutation applying(Mutation mutation) {
    return current -> {
      try {
        return mutation.apply(current);
      } catch (PatchException e) {
        String why = String.valueOf(e.getMessage());
        throw switch (e.reason()) {
          case MALFORMED -> Statuses.badRequest(why);
          case NOT_APPLICABLE, TEST_FAILED -> Statuses.unprocessable(why);
          case TOO_LARGE -> Statuses.tooLarge(why);
        };
      }
    };
  }

  private static ObjectNode object(JsonNode patched) {
    if (patched instanceof ObjectNode object) {
      return object;
    }
    throw Statuses.badRequest("the patch does not leave an object");
  }

  private static RuntimeException unsupported(boolean strategic) {
    var accepted = new ArrayList<>(List.of(JSON, MERGE));
    if (strategic) {
      accepted.add(STRATEGIC);
    }
    accepted.add(APPLY);
    return Statuses.unsupportedMediaType(accepted);
  }
}
