package io.croft.gateway.routing;

import io.croft.base.http.Headers;
import java.util.List;
import java.util.Set;

/// Changes of header fields. Names are in lower case.
public record HeaderEdits(List<Field> set, List<Field> add, Set<String> remove) {
  /// A field.
  public record Field(String name, String value) {}

  public HeaderEdits {
    set = List.copyOf(set);
    add = List.copyOf(add);
    remove = Set.copyOf(remove);
  }

  public Headers apply(Headers headers) {
    Headers edited =
        headers.without(
            name -> remove.contains(name) || set.stream().anyMatch(f -> f.name().equals(name)));
    for (Field field : set) {
      edited = edited.with(field.name(), field.value());
    }
    for (Field field : add) {
      edited = edited.with(field.name(), field.value());
    }
    return edited;
  }
}
