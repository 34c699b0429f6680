package io.croft.smoke;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// Keeps the built distribution busy with reads and writes of everyday kinds, and prints what
/// memory it holds as it goes: a leak shows as a line that keeps rising. What is stored at a time
/// is bounded, so nothing else makes it rise. It judges nothing.
///
/// `BENCH_OPERATIONS` (10,000,000) says how many, `BENCH_RATE` how many a second (0: as many as it
/// can), `BENCH_CLIENTS` (8) how many at a time.
public final class SoakBench {
  private static final long OPERATIONS = number("BENCH_OPERATIONS", 10_000_000);
  private static final long RATE = number("BENCH_RATE", 0);
  private static final int CLIENTS = (int) number("BENCH_CLIENTS", 8);

  /// Objects that one client has at most.
  private static final int NAMES = 500;

  private static final int LINES = 50;
  private static final int LISTED = 100;
  private static final Set<Integer> FINE = Set.of(200, 201, 404, 409);

  /// Connections that break, before it gives up.
  private static final int MOST_BROKEN = 1_000;

  private final Appliance appliance;
  private final AtomicLong begun = new AtomicLong();
  private final AtomicLong events = new AtomicLong();
  private final AtomicLong broken = new AtomicLong();
  private final List<Double> residents = new ArrayList<>();

  private SoakBench(Appliance appliance) {
    this.appliance = appliance;
  }

  private static long number(String variable, long otherwise) {
    return Long.parseLong(System.getenv().getOrDefault(variable, Long.toString(otherwise)));
  }

  public static void main(String[] arguments) throws Exception {
    try (var appliance = new Appliance()) {
      appliance.start();
      new SoakBench(appliance).run();
    }
  }

  private void run() throws Exception {
    var watching = new AtomicBoolean(true);
    try (Api api = appliance.api();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < CLIENTS; client++) {
        namespace(api, client);
      }
      Future<Void> watch = threads.submit(() -> watch(api, watching));
      List<Future<Void>> clients = new ArrayList<>();
      long start = System.nanoTime();
      for (int client = 0; client < CLIENTS; client++) {
        int number = client;
        clients.add(threads.submit(() -> work(api, number, start)));
      }
      report(start, clients);
      for (Future<Void> client : clients) {
        finish(client);
      }
      watching.set(false);
      finish(watch);
    }
    System.out.printf(
        "%n%d operations, %d events watched, %d connections broken%n",
        Math.min(begun.get(), OPERATIONS), events.get(), broken.get());
    System.out.printf(
        "resident, by quarters of the run, MB: %s%n",
        Stream.of(0, 1, 2, 3).map(quarter -> "%.1f".formatted(quarter(quarter))).toList());
  }

  private static void namespace(Api api, int client) throws IOException, InterruptedException {
    api.post(
        "/api/v1/namespaces",
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"soak-%d\"}}"
            .formatted(client));
  }

  private Void work(Api api, int client, long start) throws IOException, InterruptedException {
    var random = new Random(client);
    for (long number = begun.getAndIncrement();
        number < OPERATIONS;
        number = begun.getAndIncrement()) {
      if (RATE > 0) {
        long due = start + TimeUnit.SECONDS.toNanos(number) / RATE;
        LockSupport.parkNanos(due - System.nanoTime());
      }
      try {
        Api.Answer answer = operation(api, "soak-" + client, random, number);
        if (!FINE.contains(answer.status())) {
          throw new IllegalStateException("operation " + number + ": " + answer);
        }
      } catch (IOException e) {
        endure(e);
      }
    }
    return null;
  }

  /// A machine that is stopped for minutes breaks connections; a server that is gone breaks all.
  private void endure(IOException e) throws IOException {
    if (broken.incrementAndGet() > MOST_BROKEN) {
      throw e;
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
  }

  /// Half are reads; of the writes as many create as delete.
  private static Api.Answer operation(Api api, String namespace, Random random, long number)
      throws IOException, InterruptedException {
    String all = "/api/v1/namespaces/" + namespace + "/configmaps";
    String name = "c-" + random.nextInt(NAMES);
    String one = all + "/" + name;
    int kind = random.nextInt(100);
    if (kind < 45) {
      return api.get(one);
    }
    if (kind < 50) {
      return api.get(all + "?limit=" + LISTED);
    }
    if (kind < 65) {
      return api.delete(one);
    }
    String object = Manifests.configMap(namespace, name, "key", "value " + number);
    return kind < 80 ? api.post(all, object) : api.put(one, object);
  }

  /// As a controller does, over and over: each watch ends by itself.
  private Void watch(Api api, AtomicBoolean on) throws IOException, InterruptedException {
    while (on.get()) {
      try (Stream<String> lines = api.lines("/api/v1/configmaps?watch=true&timeoutSeconds=10")) {
        for (Iterator<String> each = lines.iterator(); each.hasNext(); each.next()) {
          events.incrementAndGet();
        }
      } catch (IOException e) {
        endure(e);
      } catch (UncheckedIOException e) {
        endure(new IOException(e));
      }
    }
    return null;
  }

  private void report(long start, List<Future<Void>> clients) throws Exception {
    System.out.printf("%12s %10s %12s%n", "operations", "/s", "resident MB");
    long printed = 0;
    long at = System.nanoTime();
    while (clients.stream().anyMatch(client -> !client.isDone())) {
      Thread.sleep(1_000);
      double resident = Resident.now(appliance.process().pid());
      residents.add(resident);
      long done = Math.min(begun.get(), OPERATIONS);
      if (done - printed >= OPERATIONS / LINES) {
        long now = System.nanoTime();
        System.out.printf(
            "%12d %10.0f %12.1f%n", done, (done - printed) * 1e9 / (now - at), resident);
        printed = done;
        at = now;
      }
    }
    System.out.printf("took %.0f s%n", (System.nanoTime() - start) / 1e9);
  }

  private double quarter(int number) {
    int size = residents.size();
    return residents.subList(size * number / 4, size * (number + 1) / 4).stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  private static void finish(Future<Void> done) throws IOException, InterruptedException {
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }
}
