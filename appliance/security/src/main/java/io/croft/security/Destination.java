package io.croft.security;

/// Something that requests are passed to, other than the API.
///
/// @param access who is let through
/// @param handler answers those who are
public record Destination(Access access, AuthorizedHandler handler) {}
