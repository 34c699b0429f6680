package io.croft.store.embedded;

import io.croft.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A request to the writer, and its answer once that is on disk.
final class Task<T> {
  private final Function<Mutation, T> work;
  private final long size;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private @Nullable Runnable outcome;

  Task(Function<Mutation, T> work) {
    this(0, work);
  }

  /// @param size what it takes on the heap, about, in bytes
  Task(long size, Function<Mutation, T> work) {
    this.size = size;
    this.work = work;
  }

  long size() {
    return size;
  }

  /// Does the work and keeps its outcome back.
  ///
  /// @return whether it succeeded; if not, the mutation must be undone
  boolean perform(Mutation mutation) {
    try {
      T result = work.apply(mutation);
      outcome = () -> answer.complete(result);
      return true;
    } catch (RuntimeException e) {
      outcome = () -> answer.completeExceptionally(e);
      return false;
    }
  }

  /// Lets the caller have the outcome.
  void release() {
    if (outcome != null) {
      outcome.run();
    }
  }

  void fail(StoreException reason) {
    answer.completeExceptionally(reason);
  }

  /// Waits for the answer. An interrupt does not end the wait, as the write may be under way; it is
  /// kept for the caller to see.
  T await() {
    try {
      return answer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
