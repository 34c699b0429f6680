package io.croft.apiserver.crd;

import io.croft.apiserver.resource.ScalePaths;
import io.croft.apiserver.resource.Strategy;
import org.jspecify.annotations.Nullable;

/// Custom resources: everything particular about them is in their definition.
///
/// @param scale where they say how many they are; null when they are not scaled
record CustomResourceStrategy(@Nullable ScalePaths scale) implements Strategy {
  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }
}
