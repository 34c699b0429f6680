package io.croft.apiserver.rest;

import io.croft.apiserver.flow.Initialized;
import io.croft.apiserver.registry.PageBudget;
import io.croft.apiserver.registry.WatchEvent;
import io.croft.apiserver.registry.WatchFeed;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.HttpResponse.BodyWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Writes a watch: one JSON event a line, until the time is over, the client leaves, or history is
/// lost.
final class WatchWriter implements BodyWriter, Initialized {
  /// How long at most to wait before looking whether the time is over.
  private static final Duration TICK = Duration.ofSeconds(5);

  private static final byte[] END_OF_LINE = {'\n'};

  private final WatchFeed feed;
  private final Rendering rendering;
  private final Duration lifetime;
  private final PageBudget budget;
  private Runnable initialized = () -> {};

  WatchWriter(WatchFeed feed, Rendering rendering, Duration lifetime, PageBudget budget) {
    this.feed = feed;
    this.rendering = rendering;
    this.lifetime = lifetime;
    this.budget = budget;
  }

  @Override
  public void whenInitialized(Runnable action) {
    initialized = action;
  }

  @Override
  public void writeTo(BodySink sink) throws IOException {
    long end = System.nanoTime() + lifetime.toNanos();
    try (feed;
        PageBudget.Share share = budget.share()) {
      sink.onClose(feed::close);
      sink.flush();
      while (!feed.closed()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return;
        }
        Duration wait = left < TICK.toNanos() ? Duration.ofNanos(left) : TICK;
        boolean initial = !feed.initialized();
        if (initial) {
          share.next();
        } else {
          share.resize(0);
          initialized.run();
        }
        List<WatchEvent> events = feed.next(wait);
        if (initial) {
          share.resize(feed.initialBytes());
        }
        for (WatchEvent event : events) {
          sink.write(rendering.event(event));
          sink.write(END_OF_LINE);
        }
        if (!events.isEmpty()) {
          sink.flush();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      initialized.run();
    }
  }
}
