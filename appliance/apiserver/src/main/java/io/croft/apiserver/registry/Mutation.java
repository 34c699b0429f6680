package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;

/// Makes the wanted state of an object out of its present one; called anew when another writer was
/// faster.
@FunctionalInterface
public interface Mutation {
  /// @param current a copy that the mutation may keep and change
  ObjectNode apply(ObjectNode current);
}
