package io.croft.model.schema;

import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.nio.charset.StandardCharsets;

/// The schema of `metadata`, the same for every kind whatever its own schema says.
final class ObjectMetaSchema {
  private static final String JSON =
      """
      {"type": "object", "properties": {
        "name": {"type": "string"},
        "generateName": {"type": "string"},
        "namespace": {"type": "string"},
        "selfLink": {"type": "string"},
        "uid": {"type": "string"},
        "resourceVersion": {"type": "string"},
        "generation": {"type": "integer", "format": "int64"},
        "creationTimestamp": {"type": "string", "format": "date-time"},
        "deletionTimestamp": {"type": "string", "format": "date-time"},
        "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "finalizers": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "ownerReferences": {"type": "array",
          "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["uid"],
          "items": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {
          "apiVersion": {"type": "string"},
          "kind": {"type": "string"},
          "name": {"type": "string"},
          "uid": {"type": "string"},
          "controller": {"type": "boolean"},
          "blockOwnerDeletion": {"type": "boolean"}}}},
        "managedFields": {"type": "array", "items": {"type": "object", "properties": {
          "manager": {"type": "string"},
          "operation": {"type": "string"},
          "apiVersion": {"type": "string"},
          "time": {"type": "string", "format": "date-time"},
          "fieldsType": {"type": "string"},
          "fieldsV1": {"type": "object"},
          "subresource": {"type": "string"}}}}}}
      """;

  /// Read as a built-in type: null means absent.
  static final SchemaNode NODE = read();

  private ObjectMetaSchema() {}

  private static SchemaNode read() {
    try {
      var json = Json.parse(JSON.getBytes(StandardCharsets.UTF_8));
      return new SchemaReader(Dialect.OPEN_API, StructuralSchema.NO_REFERENCES).read(json);
    } catch (MalformedJsonException e) {
      throw new IllegalStateException(e);
    }
  }
}
