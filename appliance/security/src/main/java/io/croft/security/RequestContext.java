package io.croft.security;

import java.util.function.BiConsumer;

/// What the chain has established about a request by the time it reaches its handler.
///
/// @param user the caller on whose behalf the request runs (after impersonation)
/// @param info what the request asks for
/// @param auditId the identifier under which the request is recorded
/// @param annotations takes what is to be recorded with it, by its key, until it is answered;
///   thread-safe and bounded: what is too much is cut or left out
public record RequestContext(
    UserInfo user, RequestInfo info, String auditId, BiConsumer<String, String> annotations) {
  /// Of a request that is not recorded.
  public RequestContext(UserInfo user, RequestInfo info, String auditId) {
    this(user, info, auditId, (_, _) -> {});
  }
}
