package io.croft.client;

import io.croft.base.Component;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Calls a [Reconciler] whenever something that it depends on has changed: informers → work queue →
/// workers on virtual threads. A request that fails is tried again after a growing wait. The
/// informers belong to someone else, usually [Informers]; workers begin once they have all synced.
public final class Controller implements Component {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration INTERRUPT_TIMEOUT = Duration.ofSeconds(1);

  private record Source(
      Informer informer, Function<ApiObject, ? extends Collection<Request>> requestsOf) {}

  private final String name;
  private final Reconciler reconciler;
  private final List<Source> sources;
  private final WorkQueue<Request> queue;
  private final List<Thread> workers = new ArrayList<>();
  private final LongAdder calls = new LongAdder();
  private final LongAdder errors = new LongAdder();

  private Controller(Builder builder) {
    this.name = builder.name;
    this.reconciler = builder.reconciler;
    this.sources = List.copyOf(builder.sources);
    this.queue = new WorkQueue<>(builder.delays, builder.backoff);
    for (int i = 0; i < builder.workers; i++) {
      workers.add(Thread.ofVirtual().name("controller-" + name + "-" + i).unstarted(this::work));
    }
  }

  /// @param name in lower case, for example `namespace`
  public static Builder builder(String name, Reconciler reconciler) {
    return new Builder(name, reconciler);
  }

  @Override
  public String name() {
    return name;
  }

  /// @throws IllegalThreadStateException when it was started before
  @Override
  public void start() {
    workers.forEach(Thread::start);
    for (Source source : sources) {
      source.informer.addHandler((before, after) -> enqueue(source, before, after));
    }
  }

  /// Whether its informers have synced and its workers run.
  @Override
  public boolean ready() {
    return synced() && workers.stream().allMatch(Thread::isAlive);
  }

  /// Works off what is queued for at most five seconds, then interrupts the workers and gives them
  /// one more second.
  @Override
  public void stop() {
    queue.shutDown();
    try {
      if (ready()) {
        queue.awaitDrained(DRAIN_TIMEOUT);
      }
      workers.forEach(Thread::interrupt);
      long deadline = System.nanoTime() + INTERRUPT_TIMEOUT.toNanos();
      for (Thread worker : workers) {
        if (worker.isAlive()) {
          worker.join(Duration.ofNanos(deadline - System.nanoTime()));
        }
      }
    } catch (InterruptedException e) {
      workers.forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
    }
  }

  /// How many calls of the reconciler have been made, those that failed, too.
  public long calls() {
    return calls.sum();
  }

  /// How many calls of the reconciler have failed.
  public long errors() {
    return errors.sum();
  }

  /// Asks for a reconciliation although nothing has changed.
  public void enqueue(Request request) {
    queue.add(request);
  }

  private void enqueue(Source source, @Nullable ApiObject before, @Nullable ApiObject after) {
    // An object that changes hands concerns both its old owner and its new one.
    Set<Request> requests = new LinkedHashSet<>();
    if (before != null) {
      requests.addAll(source.requestsOf.apply(before));
    }
    if (after != null) {
      requests.addAll(source.requestsOf.apply(after));
    }
    requests.forEach(queue::add);
  }

  private boolean synced() {
    return sources.stream().allMatch(source -> source.informer.hasSynced());
  }

  private void work() {
    try {
      for (Source source : sources) {
        source.informer.awaitSynced();
      }
      Request request;
      while ((request = queue.take()) != null) {
        try {
          process(request);
        } finally {
          queue.done(request);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void process(Request request) throws InterruptedException {
    calls.increment();
    try {
      Result result = reconciler.reconcile(request);
      queue.forget(request);
      if (result.requeueAfter().isPositive()) {
        queue.addAfter(request, result.requeueAfter());
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable e) { // An Error must not end the worker unseen.
      failed(request, e);
    }
  }

  private void failed(Request request, Throwable error) {
    errors.increment();
    boolean first = queue.failures(request) == 0;
    log.atLevel(first && !conflict(error) ? Level.WARN : Level.DEBUG)
        .addKeyValue("controller", name)
        .addKeyValue("request", request)
        .setCause(error)
        .log("reconciliation failed; will try again");
    queue.addRateLimited(request);
  }

  /// Someone else was faster: what optimistic locking is for, and no news to anyone.
  private static boolean conflict(Throwable error) {
    return error instanceof StatusException e && ApiClient.is(e, StatusReason.CONFLICT);
  }

  /// Collects what makes up a controller.
  public static final class Builder {
    private final String name;
    private final Reconciler reconciler;
    private final List<Source> sources = new ArrayList<>();
    private int workers = 1;
    private Backoff backoff = new Backoff(Duration.ofMillis(5), Duration.ofMinutes(5), 0.1);
    private Delays delays = Delays.system();

    private Builder(String name, Reconciler reconciler) {
      this.name = name;
      this.reconciler = reconciler;
    }

    /// Reconciles the informer's objects themselves.
    public Builder watch(Informer informer) {
      return watch(informer, object -> List.of(Request.of(object)));
    }

    /// Reconciles what `requestsOf` says about the informer's objects, for example their owners.
    public Builder watch(
        Informer informer, Function<ApiObject, ? extends Collection<Request>> requestsOf) {
      sources.add(new Source(informer, requestsOf));
      return this;
    }

    /// @param count how many requests are worked on at a time; 1 unless set
    public Builder workers(int count) {
      this.workers = count;
      return this;
    }

    /// The waits after failures; 5 ms up to 5 minutes unless set.
    public Builder backoff(Backoff waits) {
      this.backoff = waits;
      return this;
    }

    Builder delays(Delays source) {
      this.delays = source;
      return this;
    }

    public Controller build() {
      return new Controller(this);
    }
  }
}
