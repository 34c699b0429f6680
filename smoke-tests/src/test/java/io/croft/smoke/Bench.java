package io.croft.smoke;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/// Measures the built distribution, and beside it kube-apiserver on etcd where there is one on the
/// PATH, and prints what it finds. It judges nothing. The client takes its share of the processors,
/// the same for both.
public final class Bench {
  private static final int STARTS = 7;
  private static final Duration SETTLING = Duration.ofSeconds(30);
  private static final int WARM_UP = 10_000;
  private static final int CREATES = 10_000;
  private static final int GETS = 10_000;
  private static final int LISTS = 50;
  private static final int WATCHED = 500;

  /// In the largest list; `BENCH_OBJECTS`.
  private static final int OBJECTS =
      Integer.parseInt(System.getenv().getOrDefault("BENCH_OBJECTS", "100000"));

  private final PrintStream out = System.out;

  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    new Bench().run();
  }

  private void run() throws Exception {
    out.printf("%-44s %10.1f MB%n", "distribution, unpacked", megabytes(Distribution.home()));
    starts();
    try (var appliance = new Appliance()) {
      appliance.start();
      out.printf("%ncroft%n");
      measure(appliance::api, List.of(appliance.process()));
    }
    if (Distribution.findPeer("kube-apiserver").isPresent()) {
      try (var appliance = new Appliance()) {
        appliance.start(); // makes the certificates
        appliance.terminate();
        try (var peer = KubeApiServer.onEtcd(appliance)) {
          out.printf("%nkube-apiserver on etcd%n");
          measure(peer::api, peer.processes());
        }
      }
    }
  }

  private void measure(Callable<Api> connection, List<Process> processes) throws Exception {
    Thread.sleep(SETTLING);
    resident("resident after 30 s", processes);
    try (Api api = connection.call()) {
      calls(api, processes);
    }
  }

  private void resident(String when, List<Process> processes) throws IOException {
    double megabytes = 0;
    for (Process process : processes) {
      megabytes += Resident.now(process.pid());
    }
    out.printf("%-44s %10.1f MB%n", when, megabytes);
  }

  private void starts() throws Exception {
    long[] first = new long[STARTS];
    long[] again = new long[STARTS];
    for (int i = 0; i < STARTS; i++) {
      try (var appliance = new Appliance()) {
        first[i] = start(appliance);
        appliance.terminate();
        again[i] = start(appliance);
      }
    }
    out.printf(
        "%-44s %10.0f ms%n", "croft up to /readyz, new data (median)", Load.millis(first, 0.5));
    out.printf("%-44s %10.0f ms%n", "croft up to /readyz, again (median)", Load.millis(again, 0.5));
  }

  /// Asks as often as it can from the moment on when there is a certificate to ask with.
  static long start(Appliance appliance) throws Exception {
    Path admin = appliance.dataDirectory().resolve("admin.kubeconfig");
    long begun = System.nanoTime();
    appliance.launch();
    Eventually.eventually("the administrator's kubeconfig", () -> Files.exists(admin));
    try (Api api = new Api(appliance.server(), Identity.of(admin))) {
      Eventually.eventually("readyz", () -> Appliance.ready(api));
    }
    return System.nanoTime() - begun;
  }

  private void calls(Api api, List<Process> processes) throws Exception {
    load("warm-up, create", api, 8, WARM_UP, i -> create(api, "warm-up", i));
    for (int clients : new int[] {1, 8, 64}) {
      String namespace = "bench-" + clients;
      load("create", api, clients, CREATES, i -> create(api, namespace, i));
    }
    String one = path("bench-1") + "/c-0";
    for (int clients : new int[] {1, 8}) {
      load("get", api, clients, GETS, _ -> api.get(one));
    }
    for (int listed : new int[] {1_000, 10_000}) {
      String list = path("bench-8") + "?limit=" + listed;
      load("warm-up, list", api, 1, LISTS, _ -> api.get(list));
      load("list of " + listed, api, 1, LISTS, _ -> api.get(list));
    }
    watch(api);
    resident("resident with 40,000 objects", processes);
    if (OBJECTS > 0) {
      load("fill", api, 32, OBJECTS, i -> create(api, "bench-many", i));
      String list = path("bench-many");
      load("list of " + OBJECTS, api, 1, 5, _ -> api.get(list));
      Thread.sleep(SETTLING);
      resident("resident with " + OBJECTS + " objects more", processes);
    }
  }

  /// From before an object is sent until its event is there.
  private void watch(Api api) throws Exception {
    String path = path("bench-watch");
    long[] nanos = new long[WATCHED];
    namespaces(api);
    try (Stream<String> lines = api.lines(path + "?watch=true")) {
      Iterator<String> events = lines.iterator();
      for (int i = 0; i < WATCHED; i++) {
        String name = "\"c-" + i + "\"";
        long begun = System.nanoTime();
        create(api, "bench-watch", i);
        while (!events.next().contains(name)) {
          // Something else.
        }
        nanos[i] = System.nanoTime() - begun;
      }
    }
    out.printf(
        "%-44s %10s      p50 %7.2f ms   p99 %7.2f ms%n",
        "create until its event is there", "", Load.millis(nanos, 0.5), Load.millis(nanos, 0.99));
  }

  static void namespaces(Api api) throws IOException, InterruptedException {
    for (String namespace :
        List.of("warm-up", "bench-1", "bench-8", "bench-64", "bench-watch", "bench-many")) {
      api.post(
          "/api/v1/namespaces",
          "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}"
              .formatted(namespace));
    }
  }

  /// A call, told which one it is.
  @FunctionalInterface
  interface Call {
    Api.Answer call(int number) throws IOException, InterruptedException;
  }

  /// The collection that objects of the benchmarks are in.
  static String path(String namespace) {
    return "/api/v1/namespaces/%s/configmaps".formatted(namespace);
  }

  static Api.Answer create(Api api, String namespace, int number)
      throws IOException, InterruptedException {
    return api.post(
        path(namespace), Manifests.configMap(namespace, "c-" + number, "key", "value " + number));
  }

  /// A call that was refused ends the measurement.
  static void require(int number, Api.Answer answer) throws IOException {
    if (answer.status() >= 300) {
      throw new IOException("call " + number + ": " + answer);
    }
  }

  private void load(String name, Api api, int clients, int count, Call call) throws Exception {
    namespaces(api);
    Load load = Load.of(clients, count, (_, number) -> require(number, call.call(number)));
    out.printf(
        "%-44s %10.0f /s   p50 %7.2f ms   p99 %7.2f ms%n",
        name + ", " + clients + " at a time",
        load.perSecond(),
        load.millis(0.5),
        load.millis(0.99));
  }

  private static double megabytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(Bench::size).sum() / 1e6;
    }
  }

  private static long size(Path file) {
    return file.toFile().length();
  }
}
