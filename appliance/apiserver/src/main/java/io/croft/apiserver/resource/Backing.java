package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.storage.Guard;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.Statuses;
import io.croft.security.UserInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the objects of a resource come from.
public sealed interface Backing {
  /// From the store.
  ///
  /// @param conversion between the served version and the stored one
  /// @param strategy the kind's rules
  /// @param definition what writes depend on besides: the custom resource definition as it was
  ///   read; null for a built-in kind
  record Stored(
      StorageLocation location,
      VersionConversion conversion,
      Strategy strategy,
      @Nullable Guard definition)
      implements Backing {}

  /// From the server itself: nothing is kept. Offers what the resource's verbs say.
  non-sealed interface Computed extends Backing {
    /// Answers a question put as an object, such as an access review.
    ///
    /// @param namespace the namespace in the path; empty for a question without one
    default ObjectNode create(ObjectNode question, String namespace, UserInfo user) {
      throw Statuses.methodNotAllowed();
    }

    /// All objects, by name.
    default List<ObjectNode> list() {
      throw Statuses.methodNotAllowed();
    }
  }
}
