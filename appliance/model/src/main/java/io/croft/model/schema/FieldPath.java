package io.croft.model.schema;

import io.croft.model.FieldError;
import io.croft.model.Shortened;
import org.jspecify.annotations.Nullable;

/// Where a value stands in an object. Text is only built for the few that are reported.
///
/// @param step `.name`, `[0]` or `[key]`; empty for the root
record FieldPath(@Nullable FieldPath parent, String step) {
  static final FieldPath ROOT = new FieldPath(null, "");

  /// Longest key that is told in full.
  private static final int MAX_STEP_CHARS = 256;

  /// @param path for example `spec.versions[0]`; may be empty
  static FieldPath of(String path) {
    return path.isEmpty() ? ROOT : new FieldPath(ROOT, "." + path);
  }

  FieldPath field(String name) {
    return new FieldPath(this, "." + Shortened.text(name, MAX_STEP_CHARS));
  }

  FieldPath key(String key) {
    return new FieldPath(this, "[" + Shortened.text(key, MAX_STEP_CHARS) + "]");
  }

  FieldPath index(int index) {
    return new FieldPath(this, "[" + index + "]");
  }

  /// In the words of kube-apiserver's validator: `spec.size in body ` and what is wanted.
  ///
  /// @param value the value to show
  FieldError inBody(@Nullable Object value, String wanted) {
    return FieldError.invalid(toString(), value, this + " in body " + wanted);
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
