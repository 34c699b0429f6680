package io.croft.model.schema;

/// Where a schema comes from, and so how strictly it is meant.
enum Dialect {
  /// A CustomResourceDefinition: what the schema does not name is unknown, null is a value, and
  /// list types are enforced.
  CUSTOM_RESOURCE,

  /// The OpenAPI document of the built-in kinds, made from Go types: null means absent, an object
  /// without properties holds anything, and list types only say how to merge.
  OPEN_API
}
