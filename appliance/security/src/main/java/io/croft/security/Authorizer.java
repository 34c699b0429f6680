package io.croft.security;

/// Decides whether a request may be carried out. Thread-safe; quick, since every request waits for
/// it: no I/O.
@FunctionalInterface
public interface Authorizer {
  Decision authorize(Attributes attributes);
}
