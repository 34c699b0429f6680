package io.croft.security;

/// Takes audit events. Thread-safe; must not keep the caller waiting for long, and must not throw.
@FunctionalInterface
public interface AuditSink {
  void accept(AuditEvent event);
}
