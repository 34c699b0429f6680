package io.croft.store.internal.state;

/// What is done to give space in the state's file back.
///
/// @param tolerated how much garbage is not worth a write, in bytes
/// @param sparsePercent chunks with less than this share of live pages are written again
/// @param movable how much is written again at a time, in bytes
/// @param kept how much may stay unused at the end of the file, in bytes
public record Tidying(long tolerated, int sparsePercent, long movable, long kept) {
  public static final Tidying NONE = new Tidying(Long.MAX_VALUE, 0, 0, Long.MAX_VALUE);
}
