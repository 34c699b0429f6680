package io.croft.model;

/// Names a kind of object, as `apiVersion` and `kind` do in its JSON.
///
/// @param group API group; empty for core
public record GroupVersionKind(String group, String version, String kind) {
  /// `v1` for core, else `apps/v1`.
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /// Reads `v1` or `apps/v1`.
  ///
  /// @throws IllegalArgumentException when `apiVersion` holds more than one slash
  public static GroupVersionKind parse(String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    if (slash != apiVersion.lastIndexOf('/')) {
      throw new IllegalArgumentException("unexpected GroupVersion string: " + apiVersion);
    }
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    return new GroupVersionKind(group, apiVersion.substring(slash + 1), kind);
  }

  /// `Deployment.apps`, or `Pod` for core: how messages name a kind.
  public String qualifiedKind() {
    return group.isEmpty() ? kind : kind + "." + group;
  }

  @Override
  public String toString() {
    return apiVersion() + ", Kind=" + kind;
  }
}
