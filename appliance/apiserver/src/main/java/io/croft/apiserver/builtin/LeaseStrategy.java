package io.croft.apiserver.builtin;

import io.croft.apiserver.resource.Strategy;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import java.util.ArrayList;
import java.util.List;

/// Leases, by which leaders are elected and nodes show that they live.
final class LeaseStrategy implements Strategy {
  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new ArrayList<FieldError>();
    var spec = object.json().path("spec");
    var duration = spec.path("leaseDurationSeconds");
    if (duration.isNumber() && duration.asLong() <= 0) {
      errors.add(
          FieldError.invalid(
              "spec.leaseDurationSeconds", duration.asLong(), "must be greater than 0"));
    }
    var transitions = spec.path("leaseTransitions");
    if (transitions.isNumber() && transitions.asLong() < 0) {
      errors.add(
          FieldError.invalid(
              "spec.leaseTransitions", transitions.asLong(), "must be greater than or equal to 0"));
    }
    return errors;
  }
}
