package io.croft.model.schema;

import io.croft.model.FieldError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with an object, up to a bound: a list of a hundred thousand wrong items
/// need not be reported item by item.
final class Errors {
  /// Most errors that are kept.
  static final int MAX = 100;

  private final List<FieldError> list = new ArrayList<>();

  List<FieldError> list() {
    return list;
  }

  boolean isFull() {
    return list.size() >= MAX;
  }

  void add(FieldError error) {
    if (!isFull()) {
      list.add(error);
    }
  }

  void addAll(List<FieldError> errors) {
    errors.forEach(this::add);
  }

  /// In the words of kube-apiserver's validator: `spec.size in body ` and what is wanted.
  ///
  /// @param value the value to show
  void inBody(FieldPath path, @Nullable Object value, String wanted) {
    add(FieldError.invalid(path.toString(), value, path + " in body " + wanted));
  }
}
