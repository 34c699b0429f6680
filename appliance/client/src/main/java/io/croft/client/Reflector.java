package io.croft.client;

import io.croft.model.ApiObject;
import io.croft.model.Status;
import io.croft.model.StatusException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Keeps a [Target] in step with the server: a list, then a watch from where the list stood, and so
/// on from the last version seen whenever the watch ends; a new list only when the server has
/// forgotten that version. Every attempt that brings nothing makes the wait before the next longer.
public final class Reflector {
  /// What is kept in step. Called from the reflector's thread only.
  public interface Target {
    /// Lists all the objects there are and takes them for that.
    ///
    /// @return the version of the list, from which the watch goes on
    String relist();

    void put(ApiObject object);

    void remove(ApiObject object);
  }

  private static final Logger log = LoggerFactory.getLogger(Reflector.class);

  /// Servers end watches that ask for nothing after some time; asking for a time of one's own,
  /// spread at random, keeps the informers of a process from coming back all at once.
  private static final Duration MIN_WATCH = Duration.ofMinutes(5);

  private static final Duration MAX_WATCH = Duration.ofMinutes(10);

  /// A watch that lasted this long was a good one even if nothing happened.
  private static final long GOOD_WATCH_NANOS = Duration.ofSeconds(1).toNanos();

  private final ApiClient client;
  private final Selection selection;
  private final Backoff backoff;
  private final Target target;
  private final StopSignal stop;

  /// Empty when the next thing to do is a list.
  private String resourceVersion = "";

  private int fruitless;

  /// @param client watches; may differ from the one that the target lists with
  /// @param selection what is watched, which is what the target lists
  public Reflector(
      ApiClient client, Selection selection, Backoff backoff, Target target, StopSignal stop) {
    this.client = client;
    this.selection = selection;
    this.backoff = backoff;
    this.target = target;
    this.stop = stop;
  }

  /// Returns when the signal is stopped, or the thread interrupted.
  public void run() {
    try {
      do {
        attempt();
      } while (!stop.await(fruitless == 0 ? Duration.ZERO : backoff.delay(fruitless)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Lists if need be, then watches until the watch ends.
  private void attempt() {
    fruitless++;
    try {
      if (resourceVersion.isEmpty()) {
        resourceVersion = target.relist();
      }
      watch();
    } catch (StatusException e) {
      if (ApiClient.gone(e)) {
        resourceVersion = "";
      }
      failed(e);
    } catch (RuntimeException e) { // Whatever it is, an informer that has ended unseen is worse.
      failed(e);
    }
  }

  private void failed(RuntimeException e) {
    if (!stop.stopped()) {
      log.atLevel(fruitless == 1 ? Level.INFO : Level.WARN)
          .addKeyValue("resource", selection.resource())
          .addKeyValue("failures", fruitless)
          .addKeyValue("error", e.getMessage())
          .log("cannot list or watch; will try again");
    }
  }

  private void watch() {
    long start = System.nanoTime();
    int seconds =
        (int) ThreadLocalRandom.current().nextLong(MIN_WATCH.toSeconds(), MAX_WATCH.toSeconds());
    ListOptions options = selection.options().withWatchFrom(resourceVersion, seconds);
    client.watch(selection.resource(), selection.namespace(), options, stop, this::onEvent);
    if (System.nanoTime() - start > GOOD_WATCH_NANOS) {
      fruitless = 0;
    }
  }

  private void onEvent(WatchEvent event) {
    ApiObject object = event.object();
    switch (event.type()) {
      case ADDED, MODIFIED -> target.put(object);
      case DELETED -> target.remove(object);
      case BOOKMARK -> {}
      case ERROR -> throw new StatusException(Status.parse(object.json()));
    }
    resourceVersion = object.resourceVersion();
    fruitless = 0;
  }
}
