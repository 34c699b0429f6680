package io.croft.store.internal.watch;

import io.croft.store.Event;
import java.util.List;

/// All changes of keys at one revision, in order.
public record Committed(long revision, List<Event> events) {}
