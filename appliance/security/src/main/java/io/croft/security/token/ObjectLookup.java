package io.croft.security.token;

import io.croft.model.ApiObject;
import java.util.Optional;

/// Reads objects of the core group as they are at this moment. Thread-safe; every request with a
/// token waits for it.
@FunctionalInterface
public interface ObjectLookup {
  /// @param plural `serviceaccounts`, `secrets`, `pods` or `nodes`
  /// @param namespace empty for a node
  /// @return a Secret whole, of others `metadata.uid` and `metadata.deletionTimestamp` at least;
  ///   nobody writes to it; empty when there is none, or the resource is not served
  Optional<ApiObject> find(String plural, String namespace, String name);
}
