package io.croft.apiserver.registry;

import io.croft.model.FieldSelector;
import io.croft.model.LabelSelector;

/// Which changes are wanted.
///
/// @param version the revision that the watcher knows already; 0 for none: then what exists is told
///   first
/// @param initialEvents whether what exists is told first
/// @param markEndOfInitialEvents whether a bookmark marks the end of what existed
/// @param bookmarks whether the watcher wants to be told how far it has got while nothing happens
public record WatchOptions(
    LabelSelector labels,
    FieldSelector fields,
    long version,
    boolean initialEvents,
    boolean markEndOfInitialEvents,
    boolean bookmarks) {}
