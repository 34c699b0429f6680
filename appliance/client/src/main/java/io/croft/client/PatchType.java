package io.croft.client;

/// The patch formats of the Kubernetes API.
public enum PatchType {
  /// RFC 6902
  JSON("application/json-patch+json"),
  /// RFC 7386
  MERGE("application/merge-patch+json"),
  /// Kubernetes' own; built-in kinds only
  STRATEGIC("application/strategic-merge-patch+json"),
  /// Server-side apply; YAML is a superset of JSON, and JSON is what is sent
  APPLY("application/apply-patch+yaml");

  private final String mediaType;

  PatchType(String mediaType) {
    this.mediaType = mediaType;
  }

  public String mediaType() {
    return mediaType;
  }
}
