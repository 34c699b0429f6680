package io.croft.store.internal.state;

/// What of the state's file is free.
///
/// @param total all of it, in bytes
/// @param largest the largest piece before the last chunk, in bytes
/// @param tail behind the last chunk, in bytes; what is free on the disk comes on top
public record FreeSpace(long total, long largest, long tail) {}
