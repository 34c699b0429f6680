package io.croft.smoke;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.Rpc.TxnResponse;
import io.croft.store.etcd.wire.Rpc.WatchCreateRequest;
import io.croft.store.etcd.wire.Rpc.WatchRequest;
import io.croft.store.etcd.wire.Rpc.WatchResponse;
import io.croft.store.etcd.wire.WatchGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Measures the store beside etcd and kine, in turn and several times, and prints medians and what
/// they are as ratios to etcd's. It judges nothing. The client takes its share of the processors,
/// the same for all.
public final class StoreBench {
  private static final int ROUNDS = number("BENCH_ROUNDS", 3);
  private static final Duration LOAD = Duration.ofSeconds(number("BENCH_SECONDS", 5));

  /// Until client and server are compiled, which a server that runs for days is almost always.
  private static final Duration WARM_UP = LOAD.multipliedBy(3);

  private static final int CONNECTIONS = 16;
  private static final int KEYS = 100_000;
  private static final int MANY_KEYS = 1_000_000;
  private static final int TXN_KEYS = 128;
  private static final int LISTED = 10_000;
  private static final int WATCHES = 1_000;
  private static final int WATCHED_PUTS = 100;
  private static final ByteString VALUE = value(1024);
  private static final ByteString SMALL_VALUE = value(64);

  private final PrintStream out = System.out;

  /// figure → server → one value per round
  private final Map<String, Map<StorePeer.Kind, List<Double>>> figures = new LinkedHashMap<>();

  private StoreBench() {}

  public static void main(String[] arguments) throws Exception {
    new StoreBench().run();
  }

  private static int number(String variable, int standard) {
    String text = System.getenv(variable);
    return text == null ? standard : Integer.parseInt(text);
  }

  /// Bytes that no compression makes smaller.
  private static ByteString value(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private void run() throws Exception {
    List<StorePeer.Kind> kinds =
        Arrays.stream(StorePeer.Kind.values()).filter(StorePeer.Kind::present).toList();
    for (int round = 1; round <= ROUNDS; round++) {
      for (StorePeer.Kind kind : kinds) {
        out.printf("round %d of %d: %s%n", round, ROUNDS, kind);
        try (var peer = new StorePeer(kind)) {
          measure(kind, peer);
        }
        if (kind != StorePeer.Kind.KINE) { // has no transactions of several keys to load that many
          measureOpening(kind);
        }
      }
    }
    print(kinds);
  }

  private void measure(StorePeer.Kind kind, StorePeer peer) throws Exception {
    peer.launch();
    try (var client = new StoreClient(peer, CONNECTIONS)) {
      client.awaitReady(peer.process());
      AtomicLong next = new AtomicLong();
      note("put, 64 clients, first seconds, per s", kind, cold(client, next));
      load(64, WARM_UP, caller -> create(client, caller, next));
      for (int clients : new int[] {1, 16, 64, 256}) {
        long written = peer.writtenBytes();
        Load done = load(clients, LOAD, caller -> create(client, caller, next));
        String name = "put, " + clients + " clients";
        note(name + ", per s", kind, done.perSecond());
        note(name + ", p50 ms", kind, done.millis(0.5));
        note(name + ", p99 ms", kind, done.millis(0.99));
        note(
            name + ", bytes to disk each",
            kind,
            (double) (peer.writtenBytes() - written) / done.nanos().length);
      }
      hotKey(kind, client);
      fill(client, KEYS - next.get(), next);
      Thread.sleep(Duration.ofSeconds(5));
      note("resident MB with 100,000 keys of 1 KiB", kind, peer.residentBytes() / 1e6);
      list(kind, client);
      watch(kind, client);
      note("resident MB after all", kind, peer.residentBytes() / 1e6);
    }
  }

  private static double cold(StoreClient client, AtomicLong next) throws Exception {
    return load(64, LOAD, caller -> create(client, caller, next)).perSecond();
  }

  private static void create(StoreClient client, int caller, AtomicLong next) {
    ByteString key = StoreClient.bytes("/registry/bench/%012d".formatted(next.getAndIncrement()));
    if (!client.put(caller, key, VALUE, 0).getSucceeded()) {
      throw new IllegalStateException("a new key was there");
    }
  }

  private void hotKey(StorePeer.Kind kind, StoreClient client) throws Exception {
    ByteString key = StoreClient.bytes("/registry/hot");
    AtomicLong revision = new AtomicLong(client.put(0, key, VALUE, 0).getHeader().getRevision());
    AtomicLong done = new AtomicLong();
    Load load =
        load(
            16,
            LOAD,
            caller -> {
              TxnResponse answer = client.put(caller, key, VALUE, revision.get());
              revision.accumulateAndGet(answer.getHeader().getRevision(), Math::max);
              if (answer.getSucceeded()) {
                done.incrementAndGet();
              }
            });
    note("hot key, 16 clients, updates per s", kind, done.get() / load.seconds());
  }

  private static void fill(StoreClient client, long count, AtomicLong next) throws Exception {
    AtomicLong left = new AtomicLong(count);
    each(
        64,
        caller -> {
          while (left.getAndDecrement() > 0) {
            create(client, caller, next);
          }
        });
  }

  private void list(StorePeer.Kind kind, StoreClient client) {
    double[] millis = new double[20];
    for (int i = 0; i < millis.length; i++) {
      long begun = System.nanoTime();
      int found = client.list(0, "/registry/bench/", LISTED).getKvsCount();
      millis[i] = (System.nanoTime() - begun) / 1e6;
      if (found != LISTED) {
        throw new IllegalStateException(found + " keys");
      }
    }
    Arrays.sort(millis);
    note("range of 10,000 keys, ms", kind, millis[millis.length / 2]);
  }

  private void watch(StorePeer.Kind kind, StoreClient client) throws Exception {
    CountDownLatch created = new CountDownLatch(WATCHES);
    CountDownLatch events = new CountDownLatch(WATCHES * WATCHED_PUTS);
    List<StreamObserver<WatchRequest>> streams = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      streams.add(WatchGrpc.newStub(client.channel(i)).watch(new Counting(created, events)));
    }
    WatchRequest request =
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(StoreClient.bytes("/registry/watched/"))
                    .setRangeEnd(StoreClient.bytes("/registry/watched0")))
            .build();
    for (int i = 0; i < WATCHES; i++) {
      streams.get(i % CONNECTIONS).onNext(request);
    }
    await(created);
    long begun = System.nanoTime();
    for (int i = 0; i < WATCHED_PUTS; i++) {
      client.put(0, StoreClient.bytes("/registry/watched/" + i), SMALL_VALUE, 0);
    }
    await(events);
    note(
        "1,000 watches on one prefix, events per s",
        kind,
        WATCHES * WATCHED_PUTS * 1e9 / (System.nanoTime() - begun));
    streams.forEach(StreamObserver::onCompleted);
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(2, TimeUnit.MINUTES)) {
      throw new IllegalStateException(latch.getCount() + " did not come");
    }
  }

  private record Counting(CountDownLatch created, CountDownLatch events)
      implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse answer) {
      if (answer.getCreated()) {
        created.countDown();
      }
      for (int i = 0; i < answer.getEventsCount(); i++) {
        events.countDown();
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  private void measureOpening(StorePeer.Kind kind) throws Exception {
    try (var peer = new StorePeer(kind)) {
      peer.launch();
      try (var client = new StoreClient(peer, CONNECTIONS)) {
        client.awaitReady(peer.process());
        AtomicLong next = new AtomicLong();
        each(
            8,
            caller -> {
              for (long from; (from = next.getAndAdd(TXN_KEYS)) < MANY_KEYS; ) {
                client.putAll(
                    caller,
                    LongStream.range(from, Math.min(MANY_KEYS, from + TXN_KEYS))
                        .mapToObj(i -> StoreClient.bytes("/registry/many/%012d".formatted(i)))
                        .toList(),
                    SMALL_VALUE);
              }
            });
      }
      peer.kill();
      long begun = System.nanoTime();
      peer.launch();
      try (var client = new StoreClient(peer, 1)) {
        client.awaitReady(peer.process());
        note("open 1,000,000 keys after kill -9, s", kind, (System.nanoTime() - begun) / 1e9);
        if (client.list(0, "/registry/many/", 1).getCount() != MANY_KEYS) {
          throw new IllegalStateException("keys are missing");
        }
      }
    }
  }

  /// Something that a caller does, told its number.
  @FunctionalInterface
  private interface Call {
    void call(int caller) throws IOException;
  }

  @SuppressWarnings("ArrayRecordComponent") // handed over once
  private record Load(double seconds, long[] nanos) {
    double perSecond() {
      return nanos.length / seconds;
    }

    double millis(double quantile) {
      return nanos[(int) Math.min(nanos.length - 1, nanos.length * quantile)] / 1e6;
    }
  }

  private static Load load(int clients, Duration duration, Call call) throws Exception {
    LongStream.Builder all = LongStream.builder();
    long begun = System.nanoTime();
    each(
        clients,
        caller -> {
          LongStream.Builder mine = LongStream.builder();
          while (System.nanoTime() - begun < duration.toNanos()) {
            long started = System.nanoTime();
            call.call(caller);
            mine.add(System.nanoTime() - started);
          }
          synchronized (all) {
            mine.build().forEach(all::add);
          }
        });
    double seconds = (System.nanoTime() - begun) / 1e9;
    return new Load(seconds, all.build().sorted().toArray());
  }

  private static void each(int clients, Call call) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var done =
          IntStream.range(0, clients)
              .mapToObj(caller ->
                  threads.submit(() -> {
                    call.call(caller);
                    return null;
                  }))
              .toList();
      for (var one : done) {
        one.get();
      }
    }
  }

  private void note(String figure, StorePeer.Kind kind, double value) {
    out.printf("  %-44s %12.2f%n", figure, value);
    figures
        .computeIfAbsent(figure, _ -> new EnumMap<>(StorePeer.Kind.class))
        .computeIfAbsent(kind, _ -> new ArrayList<>())
        .add(value);
  }

  private void print(List<StorePeer.Kind> kinds) {
    out.printf("%nmedians of %d rounds%n%-46s", ROUNDS, "");
    kinds.forEach(kind -> out.printf("%14s", kind));
    out.printf("%14s%n", "CROFT/ETCD");
    figures.forEach((figure, values) -> {
      out.printf("%-46s", figure);
      kinds.forEach(kind -> out.print(column(median(values.getOrDefault(kind, List.of())))));
      out.println(
          column(
              median(values.getOrDefault(StorePeer.Kind.CROFT, List.of()))
                  / median(values.getOrDefault(StorePeer.Kind.ETCD, List.of()))));
    });
  }

  private static String column(double value) {
    return Double.isNaN(value) ? "%14s".formatted("-") : "%14.2f".formatted(value);
  }

  private static double median(List<Double> values) {
    return values.isEmpty()
        ? Double.NaN
        : values.stream().sorted().skip((values.size() - 1) / 2).findFirst().orElseThrow();
  }
}
