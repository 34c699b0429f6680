package io.croft.model.schema;

import org.jspecify.annotations.Nullable;

/// Where a value stands in an object. Text is only built for the few that are reported.
///
/// @param step `.name`, `[0]` or `[key]`; empty for the root
record FieldPath(@Nullable FieldPath parent, String step) {
  static final FieldPath ROOT = new FieldPath(null, "");

  /// @param path for example `spec.versions[0]`; may be empty
  static FieldPath of(String path) {
    return path.isEmpty() ? ROOT : new FieldPath(ROOT, "." + path);
  }

  FieldPath field(String name) {
    return new FieldPath(this, "." + name);
  }

  FieldPath key(String key) {
    return new FieldPath(this, "[" + key + "]");
  }

  FieldPath index(int index) {
    return new FieldPath(this, "[" + index + "]");
  }

  /// `spec.items[0].name`; empty for the root.
  @Override
  public String toString() {
    var text = new StringBuilder();
    append(text);
    return text.length() > 0 && text.charAt(0) == '.' ? text.substring(1) : text.toString();
  }

  private void append(StringBuilder text) {
    if (parent != null) {
      parent.append(text);
    }
    text.append(step);
  }
}
