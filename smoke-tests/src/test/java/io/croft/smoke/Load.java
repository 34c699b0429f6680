package io.croft.smoke;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// Calls that several clients have made at a time, as fast as they were answered.
@SuppressWarnings("ArrayRecordComponent") // handed over once
record Load(double seconds, long[] nanos) {
  /// One call, told which client makes it and which one it is.
  @FunctionalInterface
  interface Call {
    void call(int client, int number) throws IOException, InterruptedException;
  }

  static Load of(int clients, int count, Call call) throws IOException, InterruptedException {
    long[] nanos = new long[count];
    long begun = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> work =
          IntStream.range(0, clients)
              .<Callable<Void>>mapToObj(client -> () -> share(client, clients, nanos, call))
              .toList();
      for (Future<Void> done : threads.invokeAll(work)) {
        finish(done);
      }
    }
    return new Load((System.nanoTime() - begun) / 1e9, nanos);
  }

  private static Void share(int client, int clients, long[] nanos, Call call)
      throws IOException, InterruptedException {
    for (int i = client; i < nanos.length; i += clients) {
      long begun = System.nanoTime();
      call.call(client, i);
      nanos[i] = System.nanoTime() - begun;
    }
    return null;
  }

  private static void finish(Future<Void> done) throws IOException, InterruptedException {
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  double perSecond() {
    return nanos.length / seconds;
  }

  /// How long a call took that was slower than a share of them, in milliseconds.
  double millis(double quantile) {
    return millis(nanos, quantile);
  }

  static double millis(long[] nanos, double quantile) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1, sorted.length * quantile)] / 1e6;
  }
}
