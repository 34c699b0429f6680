package io.croft.store.internal.watch;

import io.croft.store.Event;
import io.croft.store.StoreException;
import io.croft.store.WatchMessage;
import io.croft.store.WatchRequest;
import io.croft.store.WatchStream;
import io.croft.store.internal.state.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Tells watches what was committed. A watch is either live, and then fed by the writer, or behind,
/// and then reads the history on its reader's thread, piece by piece, until it has everything that
/// is published. Both under one lock, so that no revision falls between.
public final class WatchHub {
  /// The most watches of a stream.
  static final int MAX_WATCHES = 10_000;

  /// How many watches of a closed stream are ended under the lock at once.
  private static final int ENDED_AT_ONCE = 100;

  private final State state;
  private final long maxBytes;
  private final long maxAllBytes;

  /// What waits in all streams, about.
  final AtomicLong waitingBytes = new AtomicLong();

  private final long progressNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final KeyRangeIndex<Watch> live = new KeyRangeIndex<>();
  private final Set<HubStream> streams = new HashSet<>();
  private final Set<HubStream> progressWanted = new HashSet<>();
  private long published;
  private boolean closed;

  /// @param maxBytes the most that waits in one stream, about
  /// @param maxAllBytes the most that waits in all streams, about
  /// @param progressInterval how long a watch may be idle before it gets a `Progress`, if it wants
  public WatchHub(State state, long maxBytes, long maxAllBytes, Duration progressInterval) {
    this.maxAllBytes = maxAllBytes;
    this.state = state;
    this.maxBytes = maxBytes;
    this.progressNanos = progressInterval.toNanos();
    this.published = state.revision();
  }

  public WatchStream open() {
    HubStream stream = new HubStream(this, maxBytes);
    lock.lock();
    try {
      checkOpen();
      streams.add(stream);
    } finally {
      lock.unlock();
    }
    return stream;
  }

  /// What waits in a stream, in bytes, about.
  public static long waitingBytes(WatchStream stream) {
    return ((HubStream) stream).waitingBytes();
  }

  boolean hasRoom() {
    return waitingBytes.get() < maxAllBytes;
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException.Closed("the store is closed");
    }
  }

  /// Feeds all live watches; for the writer.
  ///
  /// @param commits in order, without a gap
  /// @param reveal makes the commits visible to readers; no watch is created before all live ones
  ///   have been fed, so that "from now on" means the same to readers and watches
  public void publish(List<Committed> commits, Runnable reveal) {
    lock.lock();
    try {
      reveal.run();
      if (!commits.isEmpty()) {
        long revision = commits.getLast().revision();
        sort(commits).forEach((watch, events) -> feed(watch, events, revision));
        published = revision;
        List.copyOf(progressWanted).forEach(this::answerProgress);
      }
    } finally {
      lock.unlock();
    }
  }

  private Map<Watch, List<Event>> sort(List<Committed> commits) {
    Map<Watch, List<Event>> sorted = new LinkedHashMap<>();
    for (Committed commit : commits) {
      for (Event event : commit.events()) {
        live.forEach(
            event.kv().key(),
            watch -> {
              if (watch.next <= commit.revision() && watch.wants(event.kind())) {
                sorted.computeIfAbsent(watch, w -> new ArrayList<>()).add(watch.shape(event));
              }
            });
      }
    }
    return sorted;
  }

  private void feed(Watch watch, List<Event> events, long revision) {
    if (watch.stream.offer(new WatchMessage.Events(watch.id, revision, events))) {
      watch.lastMessage = System.nanoTime();
    } else {
      live.remove(watch.range, watch);
      watch.live = false;
      watch.next = Math.max(watch.next, published + 1);
      watch.stream.fallBehind(watch);
    }
  }

  long watch(HubStream stream, WatchRequest request) {
    lock.lock();
    try {
      checkOpen();
      if (!streams.contains(stream)) {
        throw new StoreException.Closed("the watch stream is closed");
      }
      if (stream.isOverloaded()) {
        throw new StoreException.Overloaded(HubStream.MAX_ANSWERS);
      }
      if (stream.watches.size() >= MAX_WATCHES) {
        throw new StoreException.Overloaded(MAX_WATCHES);
      }
      long id = stream.nextId++;
      long start = request.startRevision();
      long compacted = state.read(view -> view.compacted());
      if ((start != 0 && start < compacted) || start < 0) {
        stream.add(compacted(id, compacted));
        return id;
      }
      stream.add(new WatchMessage.Created(id, published));
      start(new Watch(id, stream, request, start == 0 ? published + 1 : start));
      return id;
    } finally {
      lock.unlock();
    }
  }

  private WatchMessage compacted(long id, long compacted) {
    return new WatchMessage.Canceled(
        id, published, compacted, "required revision has been compacted");
  }

  private void start(Watch watch) {
    watch.stream.watches.put(watch.id, watch);
    watch.lastMessage = System.nanoTime();
    if (watch.next > published) {
      join(watch);
    } else {
      watch.stream.fallBehind(watch);
    }
  }

  private void join(Watch watch) {
    watch.live = true;
    live.add(watch.range, watch);
  }

  void cancel(HubStream stream, long id) {
    lock.lock();
    try {
      Watch watch = stream.watches.get(id);
      if (watch != null) {
        end(watch);
        stream.add(new WatchMessage.Canceled(id, published, 0, "watch canceled"));
        answerProgress(stream);
      }
    } finally {
      lock.unlock();
    }
  }

  private void end(Watch watch) {
    watch.stream.watches.remove(watch.id);
    if (watch.live) {
      live.remove(watch.range, watch);
    } else {
      watch.stream.removeBehind(watch);
    }
  }

  void requestProgress(HubStream stream) {
    lock.lock();
    try {
      stream.progressWanted = true;
      progressWanted.add(stream);
      answerProgress(stream);
    } finally {
      lock.unlock();
    }
  }

  /// Says that the stream knows everything, if it does: its live watches have been given all that
  /// is published before this message.
  private void answerProgress(HubStream stream) {
    if (!stream.progressWanted) {
      return;
    }
    boolean knowsAll =
        stream.nextBehind() == null
            && stream.watches.values().stream()
                .allMatch(watch -> watch.request.startRevision() <= published);
    if (knowsAll && !stream.isOverloaded()) {
      stream.add(new WatchMessage.Progress(-1, published));
      stream.progressWanted = false;
      progressWanted.remove(stream);
    }
  }

  /// Lets one watch of a stream that is behind catch up by one piece.
  void catchUp(HubStream stream) {
    Watch watch;
    long from;
    lock.lock();
    try {
      watch = stream.nextBehind();
      if (watch == null) {
        return;
      }
      from = watch.next;
    } finally {
      lock.unlock();
    }
    try {
      CatchUp piece = state.read(view -> CatchUp.read(view, watch, from, maxBytes));
      ifStillThere(watch, () -> take(watch, piece));
    } catch (StoreException.Corrupt e) {
      ifStillThere(watch, () -> giveUp(watch, String.valueOf(e.getMessage())));
    }
  }

  private void ifStillThere(Watch watch, Runnable action) {
    lock.lock();
    try {
      if (watch.stream.watches.get(watch.id) == watch) {
        action.run();
        answerProgress(watch.stream);
      }
    } finally {
      lock.unlock();
    }
  }

  private void giveUp(Watch watch, String reason) {
    end(watch);
    watch.stream.add(new WatchMessage.Canceled(watch.id, published, 0, reason));
  }

  private void take(Watch watch, CatchUp piece) {
    if (piece.compacted() != 0) {
      end(watch);
      watch.stream.add(compacted(watch.id, piece.compacted()));
      return;
    }
    watch.stream.removeBehind(watch);
    watch.next = piece.next();
    if (!piece.events().isEmpty()) {
      watch.stream.add(new WatchMessage.Events(watch.id, piece.next() - 1, piece.events()));
      watch.lastMessage = System.nanoTime();
    }
    if (watch.next > published) {
      join(watch);
    } else {
      watch.stream.fallBehind(watch);
    }
  }

  /// Gives a stream's idle watches their progress.
  void giveProgress(HubStream stream) {
    lock.lock();
    try {
      long now = System.nanoTime();
      for (Watch watch : stream.watches.values()) {
        if (isQuiet(watch) && now - watch.lastMessage >= progressNanos) {
          watch.lastMessage = now;
          stream.add(new WatchMessage.Progress(watch.id, published));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isQuiet(Watch watch) {
    return watch.live && watch.request.progress() && watch.request.startRevision() <= published;
  }

  /// How often a reader should look for idle watches, in nanoseconds.
  long idleCheckNanos() {
    return progressNanos / 4;
  }

  void close(HubStream stream) {
    stream.shut();
    lock.lock();
    try {
      streams.remove(stream);
      progressWanted.remove(stream);
    } finally {
      lock.unlock();
    }
    while (endSome(stream)) {
      LockSupport.parkNanos(1_000);
    }
  }

  /// Ends some watches of a stream that gets no more of them, so few that writes hardly wait.
  ///
  /// @return whether there are more
  private boolean endSome(HubStream stream) {
    lock.lock();
    try {
      stream.watches.values().stream().limit(ENDED_AT_ONCE).toList().forEach(this::end);
      return !stream.watches.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Ends all streams.
  public void close() {
    List<HubStream> open;
    lock.lock();
    try {
      closed = true;
      open = List.copyOf(streams);
    } finally {
      lock.unlock();
    }
    open.forEach(this::close);
  }
}
