package io.croft.apiserver.apply;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.schema.Topology;
import org.jspecify.annotations.Nullable;

/// The versions that objects of a kind are served in: owners name fields as the version has them
/// that they have written in.
@FunctionalInterface
public interface Versions {
  /// One version, seen from the version in which an object is being written.
  interface View {
    Topology topology();

    /// The object in this version; the argument is not changed.
    ObjectNode to(ObjectNode object);

    /// The object in the version that is being written; the argument is not changed.
    ObjectNode back(ObjectNode object);
  }

  /// Null when there is no such version any more.
  @Nullable View view(String apiVersion);
}
