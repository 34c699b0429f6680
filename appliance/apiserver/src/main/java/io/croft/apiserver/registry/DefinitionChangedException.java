package io.croft.apiserver.registry;

/// The definition of a custom resource has been written to since the request looked it up: what was
/// checked may not hold any more, and nothing was stored.
public final class DefinitionChangedException extends RuntimeException {
  public DefinitionChangedException() {
    super("the custom resource definition has changed", null, false, false);
  }
}
