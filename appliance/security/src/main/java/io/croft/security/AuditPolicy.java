package io.croft.security;

import io.croft.security.AuditEvent.Stage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides how much of each request is recorded. Thread-safe; quick.
@FunctionalInterface
public interface AuditPolicy {
  /// @param omitted the stages of which nothing is recorded
  /// @param omitManagedFields whether bodies are recorded without `metadata.managedFields`
  record Verdict(AuditLevel level, Set<Stage> omitted, boolean omitManagedFields) {
    public Verdict {
      omitted = Set.copyOf(omitted);
    }

    /// Of a stage.
    AuditLevel at(Stage stage) {
      return omitted.contains(stage) ? AuditLevel.NONE : level;
    }
  }

  Verdict USUAL_VERDICT = new Verdict(AuditLevel.METADATA, Set.of(Stage.REQUEST_RECEIVED), false);

  /// Every request once it has been answered, or has begun to be, without bodies.
  AuditPolicy USUAL = (_, _, _) -> USUAL_VERDICT;

  /// @param user null when that is not known
  /// @param info null when the request's path makes no sense
  /// @param verb as the event has it
  Verdict of(@Nullable UserInfo user, @Nullable RequestInfo info, String verb);
}
