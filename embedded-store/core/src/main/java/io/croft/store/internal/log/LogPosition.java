package io.croft.store.internal.log;

/// A place between two frames of the log.
///
/// @param segment the segment, by the sequence number of its first frame
/// @param offset where in the segment's file, in bytes
/// @param next the sequence number of the frame that stands here, or will
public record LogPosition(long segment, long offset, long next) {
  /// Where the log of a new store begins.
  public static final LogPosition START = new LogPosition(1, Frame.FIRST_OFFSET, 1);
}
