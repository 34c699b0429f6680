package io.croft.client;

/// Brings the world into line with one object.
@FunctionalInterface
public interface Reconciler {
  /// Compares what the object wants with what is, and takes the next step. Level-triggered and
  /// idempotent: it may be called at any time, after any crash, for an object that is gone. Never
  /// called twice at a time for the same request.
  ///
  /// @throws Exception to be called again after a wait that grows with every failure in a row
  Result reconcile(Request request) throws Exception;
}
