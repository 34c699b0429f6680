package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.JsonPath;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.resource.ScalePaths;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.apiserver.storage.Guard;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.schema.StructuralSchema;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes resource types out of a custom resource definition.
final class CustomResourceTypes {
  private CustomResourceTypes() {}

  /// The served versions of an established definition; none when it is not established. While the
  /// definition is being deleted, its objects can be read and deleted, not written.
  static List<ResourceType> of(ApiObject crd, ConversionWebhooks webhooks) {
    if (!CrdConditions.isTrue(crd, CrdConditions.ESTABLISHED)) {
      return List.of();
    }
    Map<String, StructuralSchema> schemas = schemas(crd.json().path("spec"));
    var types = new ArrayList<ResourceType>();
    for (JsonNode version : crd.json().path("spec").path("versions")) {
      if (version.path("served").asBoolean(false)) {
        types.add(type(crd, version, schemas, webhooks));
      }
    }
    return types;
  }

  /// Of all versions, the served ones and the others, by `apiVersion`.
  private static Map<String, StructuralSchema> schemas(JsonNode spec) {
    var schemas = new HashMap<String, StructuralSchema>();
    for (JsonNode version : spec.path("versions")) {
      String apiVersion = spec.path("group").asText() + "/" + version.path("name").asText();
      schemas.put(
          apiVersion, StructuralSchema.parse(version.path("schema").path("openAPIV3Schema")));
    }
    return schemas;
  }

  private static ResourceType type(
      ApiObject crd,
      JsonNode version,
      Map<String, StructuralSchema> schemas,
      ConversionWebhooks webhooks) {
    JsonNode spec = crd.json().path("spec");
    JsonNode names = spec.path("names");
    String group = spec.path("group").asText();
    String plural = names.path("plural").asText();
    boolean namespaced = spec.path("scope").asText().equals("Namespaced");
    JsonNode openApi = version.path("schema").path("openAPIV3Schema");
    var gvr = new GroupVersionResource(group, version.path("name").asText(), plural);
    StructuralSchema schema = Objects.requireNonNull(schemas.get(gvr.apiVersion()));
    var location = new StorageLocation("/registry/" + group + "/" + plural, namespaced);
    return new ResourceType(
        gvr,
        new ResourceType.Names(
            names.path("kind").asText(),
            names.path("listKind").asText(),
            names.path("singular").asText(),
            texts(names.path("shortNames")),
            texts(names.path("categories"))),
        namespaced,
        crd.deletionTimestamp() == null
            ? ResourceType.STORED_VERBS
            : Set.of("delete", "deletecollection", "get", "list", "watch", "patch", "update"),
        subresources(version.path("subresources")),
        new Backing.Stored(
            location,
            ConversionWebhooks.wantedBy(crd)
                ? webhooks.conversion(crd, gvr.apiVersion(), storedApiVersion(spec), schemas)
                : conversion(gvr.apiVersion(), storedApiVersion(spec), schema),
            new CustomResourceStrategy(
                scale(version.path("subresources").path("scale")), SchemaRules.of(openApi)),
            new Guard(
                CustomResourceDefinitions.LOCATION.key("", crd.name()),
                Long.parseLong(crd.resourceVersion()))),
        schema,
        null,
        openApi,
        columns(version.path("additionalPrinterColumns")),
        selectable(version.path("selectableFields")),
        true);
  }

  private static Set<String> subresources(JsonNode declared) {
    var names = new HashSet<String>();
    for (String name : List.of("status", "scale")) {
      if (declared.has(name)) {
        names.add(name);
      }
    }
    return names;
  }

  private static @Nullable ScalePaths scale(JsonNode declared) {
    if (!declared.isObject()) {
      return null;
    }
    String selector = declared.path("labelSelectorPath").asText("");
    return new ScalePaths(
        plain(declared.path("specReplicasPath").asText()),
        plain(declared.path("statusReplicasPath").asText()),
        selector.isEmpty() ? "" : plain(selector));
  }

  /// `.spec.replicas` without its first dot.
  private static String plain(String path) {
    return path.startsWith(".") ? path.substring(1) : path;
  }

  private static String storedApiVersion(JsonNode spec) {
    for (JsonNode version : spec.path("versions")) {
      if (version.path("storage").asBoolean(false)) {
        return spec.path("group").asText() + "/" + version.path("name").asText();
      }
    }
    throw new IllegalStateException("a definition without a storage version was stored");
  }

  /// Objects written under an older schema get the defaults of today's when they are read.
  private static VersionConversion conversion(
      String served, String stored, StructuralSchema schema) {
    return new VersionConversion() {
      @Override
      public ObjectNode toStorage(ObjectNode object) {
        return object.put("apiVersion", stored);
      }

      @Override
      public ObjectNode fromStorage(ObjectNode object) {
        object.put("apiVersion", served);
        schema.applyDefaults(object);
        return object;
      }
    };
  }

  private static List<String> texts(JsonNode array) {
    var texts = new ArrayList<String>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private static Set<String> selectable(JsonNode fields) {
    var paths = new HashSet<String>();
    for (JsonNode field : fields) {
      paths.add(JsonPath.parse(field.path("jsonPath").asText()).dotted());
    }
    return paths;
  }

  private static List<Column> columns(JsonNode declared) {
    var columns = new ArrayList<Column>();
    columns.add(Column.NAME);
    for (JsonNode column : declared) {
      JsonPath path = readable(column.path("jsonPath").asText());
      String type = column.path("type").asText();
      columns.add(
          new Column(
              column.path("name").asText(),
              type,
              column.path("format").asText(""),
              column.path("description").asText(""),
              column.path("priority").asInt(0),
              (object, now) -> cell(path.find(object), type, now)));
    }
    if (declared.isEmpty()) {
      columns.add(Column.AGE);
    }
    return columns;
  }

  private static JsonPath readable(String path) {
    try {
      return JsonPath.parse(path);
    } catch (IllegalArgumentException e) {
      return JsonPath.NOTHING;
    }
  }

  private static JsonNode cell(List<JsonNode> found, String type, Instant now) {
    if (found.isEmpty()) {
      return NullNode.getInstance();
    }
    JsonNode first = found.getFirst();
    return switch (type) {
      case "integer", "number" -> first.isNumber() ? first : NullNode.getInstance();
      case "boolean" -> first.isBoolean() ? first : NullNode.getInstance();
      case "date" -> TextNode.valueOf(age(first.asText(), now));
      default -> TextNode.valueOf(first.isValueNode() ? first.asText() : Json.text(first));
    };
  }

  private static String age(String timestamp, Instant now) {
    try {
      return Column.since(Instant.parse(timestamp), now);
    } catch (DateTimeParseException e) {
      return "<invalid>";
    }
  }
}
