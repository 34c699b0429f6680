package io.croft.store;

import java.util.List;

/// What a watch stream delivers. Messages of one watch are in revision order, each revision once
/// and whole.
public sealed interface WatchMessage {
  /// The watch it belongs to.
  long watchId();

  /// The store revision up to which the watch has been told everything, this message included.
  long revision();

  /// First message of every watch. `revision` is the store's at the time of creation.
  record Created(long watchId, long revision) implements WatchMessage {}

  /// Events in revision order; all events of one revision are in the same message.
  record Events(long watchId, long revision, List<Event> events) implements WatchMessage {}

  /// The watch knows everything up to `revision`. On the answer to `WatchStream.requestProgress`,
  /// `watchId` is -1 and it holds for every watch of the stream.
  record Progress(long watchId, long revision) implements WatchMessage {}

  /// Last message of a watch. `compactRevision` is not 0 when the wanted history is compacted away.
  record Canceled(long watchId, long revision, long compactRevision, String reason)
      implements WatchMessage {}
}
