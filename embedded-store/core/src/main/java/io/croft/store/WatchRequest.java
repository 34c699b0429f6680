package io.croft.store;

/// What to watch.
///
/// @param rangeEnd as in `RangeRequest`
/// @param startRevision the first revision wanted; 0 for "from now on"
/// @param puts whether puts are wanted
/// @param deletes whether deletes are wanted
/// @param previous whether events carry the value before
/// @param progress whether idle periods are marked with `WatchMessage.Progress`
public record WatchRequest(
    Bytes key,
    Bytes rangeEnd,
    long startRevision,
    boolean puts,
    boolean deletes,
    boolean previous,
    boolean progress) {
  public static WatchRequest prefix(Bytes prefix, long startRevision) {
    return new WatchRequest(prefix, prefix.prefixEnd(), startRevision, true, true, true, true);
  }
}
