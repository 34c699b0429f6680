package io.croft.apiserver.registry;

import io.croft.model.ApiObject;

/// How a deletion ended.
public sealed interface Deletion {
  /// The object as it was last, or as it now waits to go.
  ApiObject object();

  /// It is gone.
  record Done(ApiObject object) implements Deletion {}

  /// It is marked, and goes once its finalizers are done.
  record Pending(ApiObject object) implements Deletion {}
}
