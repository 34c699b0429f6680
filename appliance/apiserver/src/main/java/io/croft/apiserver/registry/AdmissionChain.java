package io.croft.apiserver.registry;

import java.util.List;
import java.util.function.Supplier;

/// All admissions in their order: first all complete an object, then all judge it.
final class AdmissionChain {
  /// For what has been judged already.
  static final AdmissionChain NONE = new AdmissionChain(List.of());

  private final List<Admission> admissions;

  AdmissionChain(List<Admission> admissions) {
    this.admissions = List.copyOf(admissions);
  }

  /// Once round, and once more when anybody has changed anything: those that came before may have
  /// something to add to that.
  ///
  /// @return whether the object has been changed
  boolean mutate(AdmissionRequest request) {
    boolean changed = round(request);
    if (changed) {
      round(request);
    }
    return changed;
  }

  private boolean round(AdmissionRequest request) {
    boolean changed = false;
    for (Admission admission : admissions) {
      changed |= admission.mutate(request);
    }
    return changed;
  }

  void validate(AdmissionRequest request) {
    admissions.forEach(admission -> admission.validate(request));
  }

  /// Does a write if nobody refuses it, and tells all when it has ended.
  <T> T admitted(AdmissionRequest request, Supplier<T> write) {
    try {
      validate(request);
      return write.get();
    } finally {
      admissions.forEach(admission -> admission.completed(request));
    }
  }
}
