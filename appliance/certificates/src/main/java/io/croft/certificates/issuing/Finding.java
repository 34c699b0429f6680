package io.croft.certificates.issuing;

/// Why a certificate is not as it should be.
///
/// @param reason one word
/// @param message in plain words
record Finding(String reason, String message) {}
