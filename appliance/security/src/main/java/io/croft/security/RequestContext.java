package io.croft.security;

/// What the chain has established about a request by the time it reaches its handler.
///
/// @param user the caller on whose behalf the request runs (after impersonation)
/// @param info what the request asks for
/// @param auditId the identifier under which the request is recorded
public record RequestContext(UserInfo user, RequestInfo info, String auditId) {}
