package io.croft.base;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Does one thing to many, a bounded number of them at a time, each on a virtual thread: what waits
/// for a disk or a network then waits together.
public final class Concurrently {
  private Concurrently() {}

  /// Returns when all is done. Items are taken from the iterator one at a time, by one thread at a
  /// time, when there is a free hand: it may read them from somewhere.
  ///
  /// @param limit the most items in work at a time
  /// @throws RuntimeException the first that `action` or the iterator threw; what was in work by
  ///   then is finished, the rest is not begun. The same goes when the caller is interrupted, whose
  ///   interrupt status is kept.
  public static <T> void forEach(Iterator<T> items, int limit, Consumer<? super T> action) {
    var run = new Run<T>(items, action);
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      workers.add(Thread.ofVirtual().name("concurrently-" + i).start(run::work));
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      interrupted |= join(worker, run);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    run.rethrow();
  }

  private static boolean join(Thread worker, Run<?> run) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
        run.fail(new IllegalStateException("interrupted before all was done", e));
      }
    }
  }

  private static final class Run<T> {
    private final Iterator<T> items;
    private final Consumer<? super T> action;
    private @Nullable Throwable failure;

    Run(Iterator<T> items, Consumer<? super T> action) {
      this.items = items;
      this.action = action;
    }

    void work() {
      try {
        while (true) {
          T item;
          synchronized (this) {
            if (failure != null || !items.hasNext()) {
              return;
            }
            item = items.next();
          }
          action.accept(item);
        }
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    }

    synchronized void fail(Throwable e) {
      if (failure == null) {
        failure = e;
      }
    }

    synchronized void rethrow() {
      switch (failure) {
        case null -> {}
        case Error e -> throw e;
        case RuntimeException e -> throw e;
        default -> throw new IllegalStateException(failure);
      }
    }
  }
}
