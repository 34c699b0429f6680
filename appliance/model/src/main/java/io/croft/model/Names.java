package io.croft.model;

import java.util.List;

/// The forms that Kubernetes prescribes for names.
public final class Names {
  private Names() {}

  public static List<String> dns1123Label(String value) {
    return List.of();
  }

  public static List<String> dns1123Subdomain(String value) {
    return List.of();
  }

  public static List<String> dns1035Label(String value) {
    return List.of();
  }

  public static List<String> qualifiedName(String value) {
    return List.of();
  }

  public static List<String> labelValue(String value) {
    return List.of();
  }

  /// What may stand as one segment of a URL's path, the rule for RBAC's names.
  public static List<String> pathSegment(String value) {
    return List.of();
  }
}
