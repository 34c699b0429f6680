package io.croft.apiserver.apply;

import io.croft.apiserver.apply.PathElement.Field;
import org.jspecify.annotations.Nullable;

/// The way from an object to one of its parts. Made while walking, so it shares its beginning with
/// the paths beside it.
record FieldPath(@Nullable FieldPath parent, PathElement element) {
  /// The way from here; from the object itself when `parent` is null.
  static FieldPath field(@Nullable FieldPath parent, String name) {
    return new FieldPath(parent, new Field(name));
  }

  /// `.spec.ports[port=80].name`.
  @Override
  public String toString() {
    var text = new StringBuilder();
    append(text);
    return text.toString();
  }

  private void append(StringBuilder text) {
    if (parent != null) {
      parent.append(text);
    }
    text.append(element.shown());
  }
}
