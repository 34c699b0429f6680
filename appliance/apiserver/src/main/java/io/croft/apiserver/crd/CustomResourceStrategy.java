package io.croft.apiserver.crd;

import io.croft.apiserver.resource.Strategy;

/// Custom resources: everything particular about them is in their schema.
enum CustomResourceStrategy implements Strategy {
  INSTANCE;

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }
}
