package io.croft.security;

/// Decides whether a request may be carried out. Thread-safe; quick, since every request waits for
/// it: no I/O, but where an authorizer elsewhere is configured.
@FunctionalInterface
public interface Authorizer {
  Decision authorize(Attributes attributes);

  /// What a user may do in a namespace, as far as that can be told.
  ///
  /// @param namespace empty for the cluster scope
  default GrantedRules rules(UserInfo user, String namespace) {
    return GrantedRules.UNKNOWN;
  }
}
