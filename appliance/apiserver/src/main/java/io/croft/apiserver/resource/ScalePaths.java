package io.croft.apiserver.resource;

/// Where a kind says how many of it are wanted, how many there are, and which they are: paths of
/// plain fields, such as `spec.replicas`.
///
/// @param selector a label selector, as an object, a map of labels or a text; empty for none
public record ScalePaths(String wanted, String actual, String selector) {
  /// Of most kinds.
  public static final ScalePaths USUAL =
      new ScalePaths("spec.replicas", "status.replicas", "spec.selector");
}
