package io.croft.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/// A condition on labels. Immutable.
public final class LabelSelector {
  private LabelSelector() {}

  public static LabelSelector everything() {
    return new LabelSelector();
  }

  public static LabelSelector parse(String text) {
    return new LabelSelector();
  }

  public static LabelSelector fromJson(JsonNode json) {
    return new LabelSelector();
  }

  public boolean matches(Map<String, String> labels) {
    return true;
  }

  public boolean isEmpty() {
    return true;
  }
}
