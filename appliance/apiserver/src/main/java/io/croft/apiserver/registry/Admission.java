package io.croft.apiserver.registry;

/// Has a say in what is written, beyond the rules of its kind: completes objects before they are
/// validated, and has the last word on what is. Thread-safe.
public interface Admission {
  /// Completes an object before it is validated. Called again when another one has changed the
  /// object afterwards.
  ///
  /// @return whether it has changed the object
  /// @throws io.croft.model.StatusException to refuse
  default boolean mutate(AdmissionRequest request) {
    return false;
  }

  /// Has the last word before an object is stored or deleted: it is complete and valid by then and
  /// must not be changed any more.
  ///
  /// @throws io.croft.model.StatusException to refuse
  default void validate(AdmissionRequest request) {}

  /// A write that was to be validated has ended: it was done, or refused, or has failed. Called
  /// with the same request, for creations and changes.
  default void completed(AdmissionRequest request) {}
}
