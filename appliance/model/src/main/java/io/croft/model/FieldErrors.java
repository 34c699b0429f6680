package io.croft.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Collects what is wrong with an object, up to a bound: a list of a hundred thousand wrong items
/// need not be reported item by item. Not thread-safe.
public final class FieldErrors {
  /// Most errors that are kept; what comes later is forgotten.
  public static final int MAX = 100;

  private final List<FieldError> list = new ArrayList<>();

  /// In the order in which they came; unmodifiable.
  public List<FieldError> list() {
    return Collections.unmodifiableList(list);
  }

  public boolean isEmpty() {
    return list.isEmpty();
  }

  /// Whether looking for more is in vain.
  public boolean isFull() {
    return list.size() >= MAX;
  }

  public void add(FieldError error) {
    if (!isFull()) {
      list.add(error);
    }
  }

  public void addAll(List<FieldError> errors) {
    errors.forEach(this::add);
  }
}
