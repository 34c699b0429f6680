package io.croft.fleet.join;

/// What a host asks for that joins with a token.
///
/// @param machine the name that it wants
/// @param key the fingerprint of its key
/// @param token the identifier of the token
record Claim(String machine, String key, String role, String token) {}
