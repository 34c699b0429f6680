package io.croft.security;

import java.util.Optional;
import java.util.function.BiConsumer;

/// What the chain has established about a request by the time it reaches its handler.
///
/// @param user the caller on whose behalf the request runs (after impersonation)
/// @param info what the request asks for
/// @param auditId the identifier under which the request is recorded
/// @param annotations takes what is to be recorded with it, by its key, until it is answered;
///   thread-safe and bounded: what is too much is cut or left out
/// @param standing what the user's own credentials rest on, where that can be withdrawn; empty for
///   whoever is somebody else by impersonation
public record RequestContext(
    UserInfo user,
    RequestInfo info,
    String auditId,
    BiConsumer<String, String> annotations,
    Optional<Standing> standing) {
  /// Of a request that is not recorded.
  public RequestContext(UserInfo user, RequestInfo info, String auditId) {
    this(user, info, auditId, (_, _) -> {}, Optional.empty());
  }
}
