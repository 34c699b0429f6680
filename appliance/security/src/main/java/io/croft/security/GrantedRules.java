package io.croft.security;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/// What a user may do.
///
/// @param rules as the rules of a `ClusterRole`
/// @param incomplete whether there may be more
public record GrantedRules(List<ObjectNode> rules, boolean incomplete) {
  /// Nothing is known.
  public static final GrantedRules UNKNOWN = new GrantedRules(List.of(), true);

  public GrantedRules {
    rules = List.copyOf(rules);
  }
}
