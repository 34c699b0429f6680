package io.croft.store.internal.log;

/// A place between two frames of the log.
///
/// @param segment the segment, by the sequence number of its first frame
/// @param offset where in the segment's file, in bytes
/// @param next the sequence number of the frame that stands here, or will
public record LogPosition(long segment, long offset, long next) {
  /// Where the log of a new store begins: a log from here on has everything.
  public static final LogPosition START = at(1);

  /// Where the log of a store begins that got its content otherwise.
  public static final LogPosition AFTER_RESTORE = at(2);

  /// The beginning of a segment.
  static LogPosition at(long segment) {
    return new LogPosition(segment, Frame.FIRST_OFFSET, segment);
  }
}
