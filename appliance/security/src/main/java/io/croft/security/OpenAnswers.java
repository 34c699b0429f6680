package io.croft.security;

import io.croft.base.Component;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers that go on, watches above all: they end when what let them in is withdrawn. That is
/// looked at twice a second, once for all that rest on the same. Thread-safe.
public final class OpenAnswers implements Component {
  private static final Logger LOG = LoggerFactory.getLogger(OpenAnswers.class);
  static final Duration LOOK = Duration.ofMillis(500);

  private final Map<String, Watched> open = new ConcurrentHashMap<>();
  private @Nullable Thread looker;

  /// The answers that rest on the same.
  private static final class Watched {
    final Standing standing;
    final Set<Revocable> answers = new HashSet<>();
    final AtomicBoolean looking = new AtomicBoolean();

    Watched(Standing standing) {
      this.standing = standing;
    }
  }

  @Override
  public String name() {
    return "open-answers";
  }

  @Override
  public synchronized void start() {
    looker = Thread.ofVirtual().name("open-answers").start(this::lookUntilInterrupted);
  }

  @Override
  public synchronized void stop() {
    if (looker != null) {
      looker.interrupt();
      looker = null;
    }
  }

  private void lookUntilInterrupted() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        for (Watched watched : open.values()) {
          if (watched.looking.compareAndSet(false, true)) { // some take long; others do not wait
            Thread.ofVirtual().name("standing").start(() -> look(watched));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Looks at all once.
  void look() {
    open.values().forEach(this::look);
  }

  private void look(Watched watched) {
    try {
      if (!watched.standing.holds()) {
        answers(watched.standing.key()).forEach(Revocable::revoke);
      }
    } catch (RuntimeException e) {
      LOG.atDebug()
          .setCause(e)
          .log("it cannot be told whether credentials hold; it is tried again");
    } finally {
      watched.looking.set(false);
    }
  }

  private List<Revocable> answers(String key) {
    var found = new ArrayList<Revocable>();
    open.computeIfPresent(
        key,
        (_, watched) -> {
          found.addAll(watched.answers);
          return watched;
        });
    return found;
  }

  /// The same answer, which ends early when the credentials hold no more.
  HttpResponse follow(HttpResponse response, Standing standing) {
    return switch (response) {
      case HttpResponse.Complete complete -> complete;
      case HttpResponse.Streaming(int status, Headers headers, var writer) ->
          new HttpResponse.Streaming(status, headers, sink -> follow(writer, sink, standing));
      case HttpResponse.Upgraded(Headers headers, var conversation) ->
          new HttpResponse.Upgraded(headers, (from, to) -> hold(conversation, from, to, standing));
    };
  }

  private void hold(
      HttpResponse.Conversation conversation,
      InputStream from,
      HttpResponse.BodySink to,
      Standing standing)
      throws IOException {
    follow(sink -> conversation.hold(from, sink), to, standing);
  }

  private void follow(HttpResponse.BodyWriter writer, HttpResponse.BodySink sink, Standing standing)
      throws IOException {
    var revocable = new Revocable(sink);
    open.compute(
        standing.key(),
        (_, known) -> {
          Watched watched = known == null ? new Watched(standing) : known;
          watched.answers.add(revocable);
          return watched;
        });
    try {
      writer.writeTo(revocable);
    } finally {
      open.computeIfPresent(
          standing.key(),
          (_, watched) -> {
            watched.answers.remove(revocable);
            return watched.answers.isEmpty() ? null : watched;
          });
    }
  }

  /// To its writer, a receiver that is gone once the credentials are withdrawn.
  private static final class Revocable implements HttpResponse.BodySink {
    private final HttpResponse.BodySink sink;
    private final List<Runnable> actions = new ArrayList<>();
    private boolean revoked;

    Revocable(HttpResponse.BodySink sink) {
      this.sink = sink;
    }

    void revoke() {
      List<Runnable> due;
      synchronized (this) {
        revoked = true;
        due = List.copyOf(actions);
        actions.clear();
      }
      due.forEach(Runnable::run);
    }

    private synchronized void check() throws IOException {
      if (revoked) {
        throw new IOException("the credentials of the request were withdrawn");
      }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      check();
      sink.write(bytes);
    }

    @Override
    public void give(HttpResponse.Lent bytes) throws IOException {
      check();
      sink.give(bytes);
    }

    @Override
    public void flush() throws IOException {
      check();
      sink.flush();
    }

    @Override
    public void trailers(Headers fields) {
      sink.trailers(fields);
    }

    @Override
    public void onClose(Runnable action) {
      sink.onClose(onceAlsoWhenRevoked(action));
    }

    @Override
    public void onGone(Runnable action) {
      sink.onGone(onceAlsoWhenRevoked(action));
    }

    private Runnable onceAlsoWhenRevoked(Runnable action) {
      var done = new AtomicBoolean();
      Runnable once =
          () -> {
            if (done.compareAndSet(false, true)) {
              action.run();
            }
          };
      boolean now;
      synchronized (this) {
        now = revoked;
        if (!now) {
          actions.add(once);
        }
      }
      if (now) {
        once.run();
      }
      return once;
    }
  }
}
