package io.croft.apiserver.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.storage.StorageLocation;
import io.croft.model.Statuses;
import io.croft.security.UserInfo;
import java.util.List;

/// Where the objects of a resource come from.
public sealed interface Backing {
  /// From the store.
  ///
  /// @param conversion between the served version and the stored one
  /// @param strategy the kind's rules
  record Stored(StorageLocation location, VersionConversion conversion, Strategy strategy)
      implements Backing {}

  /// From the server itself: nothing is kept. Offers what the resource's verbs say.
  non-sealed interface Computed extends Backing {
    /// Answers a question put as an object, such as an access review.
    default ObjectNode create(ObjectNode question, UserInfo user) {
      throw Statuses.methodNotAllowed();
    }

    /// All objects, by name.
    default List<ObjectNode> list() {
      throw Statuses.methodNotAllowed();
    }
  }
}
