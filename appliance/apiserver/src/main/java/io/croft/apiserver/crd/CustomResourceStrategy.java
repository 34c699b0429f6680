package io.croft.apiserver.crd;

import io.croft.apiserver.resource.ScalePaths;
import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Custom resources: everything particular about them is in their definition.
///
/// @param scale where they say how many they are; null when they are not scaled
/// @param rules what their schema asks beyond their shape
record CustomResourceStrategy(@Nullable ScalePaths scale, SchemaRules rules) implements Strategy {
  @Override
  public List<FieldError> validateRules(ApiObject object, @Nullable ApiObject old) {
    return rules.check(object.json(), old == null ? null : old.json());
  }

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }
}
