package io.croft.smoke;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Measures the distribution with Java and the native binary (`croft.binary`) side by side, in
/// turns, and prints both. It judges nothing. The client takes its share of the processors, the
/// same for both.
public final class NativeBench {
  private static final int STARTS = number("BENCH_STARTS", 7);
  private static final int COMMANDS = number("BENCH_COMMANDS", 15);
  private static final int CALLS = number("BENCH_CALLS", 10_000);
  private static final Duration IDLE = Duration.ofSeconds(number("BENCH_IDLE_SECONDS", 60));
  private static final int CLIENTS = 8;
  private static final int STORE_CLIENTS = 64;
  private static final int CONNECTIONS = 16;

  /// What is measured: the program that `croft` is.
  private enum Form {
    JAVA(""),
    NATIVE(System.getProperty("croft.binary", ""));

    private final String binary;

    Form(String binary) {
      this.binary = binary;
    }

    /// In the order in which they take turns.
    static List<Form> inTurn() {
      return List.of(JAVA, NATIVE);
    }

    /// From now on [Distribution#program] is this one.
    void choose() {
      System.setProperty("croft.binary", binary);
    }
  }

  /// How long something took, several times, in nanoseconds.
  private static final class Times {
    private final Map<Form, LongStream.Builder> nanos = new EnumMap<>(Form.class);

    void add(Form form, long one) {
      nanos.computeIfAbsent(form, _ -> LongStream.builder()).add(one);
    }

    void note(NativeBench bench, String figure) {
      nanos.forEach(
          (form, all) -> bench.note(figure, form, Load.millis(all.build().toArray(), 0.5)));
    }
  }

  private final PrintStream out = System.out;

  /// figure → form → value
  private final Map<String, Map<Form, Double>> figures = new LinkedHashMap<>();

  private NativeBench() {}

  private static int number(String variable, int otherwise) {
    return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(otherwise)));
  }

  public static void main(String[] arguments) throws Exception {
    if (Form.NATIVE.binary.isEmpty()) {
      System.err.println("name the native binary: -Dcroft.binary=PATH");
      System.exit(2);
    }
    new NativeBench().run();
  }

  private void run() throws Exception {
    sizes();
    commands();
    starts();
    appliances();
    stores();
    print();
  }

  private void sizes() throws IOException {
    Form.JAVA.choose();
    note("size, unpacked, MB", Form.JAVA, megabytes(Distribution.home()));
    Form.NATIVE.choose();
    Path program = Distribution.program();
    Path beside = program.resolveSibling("../lib/croft").normalize();
    Path file = Files.exists(beside) ? beside : program; // the launcher or the file itself
    note("size, unpacked, MB", Form.NATIVE, Files.size(file) / 1e6);
  }

  private void commands() {
    Map<String, List<String>> lines = new LinkedHashMap<>();
    lines.put("croft version, ms", List.of("version"));
    lines.put("croft --help, ms", List.of("--help"));
    lines.put("croft completion bash, ms", List.of("completion", "bash"));
    lines.forEach((name, line) -> {
      var times = new Times();
      for (int i = 0; i < COMMANDS; i++) {
        for (Form form : Form.inTurn()) {
          form.choose();
          Command command = Distribution.croft(line.toArray(String[]::new));
          long begun = System.nanoTime();
          command.run().succeeded();
          times.add(form, System.nanoTime() - begun);
        }
      }
      times.note(this, name);
    });
  }

  private void starts() throws Exception {
    var first = new Times();
    var again = new Times();
    for (int i = 0; i < STARTS; i++) {
      for (Form form : Form.inTurn()) {
        form.choose();
        try (var appliance = new Appliance()) {
          first.add(form, Bench.start(appliance));
          appliance.terminate();
          again.add(form, Bench.start(appliance));
        }
      }
    }
    first.note(this, "to /readyz, new data, ms");
    again.note(this, "to /readyz, again, ms");
  }

  /// Both are idle at the same time, and then work one after the other.
  private void appliances() throws Exception {
    try (var java = new Appliance();
        var compiled = new Appliance()) {
      Form.JAVA.choose();
      java.start();
      Form.NATIVE.choose();
      compiled.start();
      Thread.sleep(IDLE);
      note("resident, idle, MB", Form.JAVA, resident(java));
      note("resident, idle, MB", Form.NATIVE, resident(compiled));
      work(Form.JAVA, java);
      work(Form.NATIVE, compiled);
    }
  }

  private static double resident(Appliance appliance) throws IOException {
    return Resident.now(appliance.process().pid());
  }

  private void work(Form form, Appliance appliance) throws Exception {
    try (Api api = appliance.api()) {
      Bench.namespaces(api);
      calls(form, "create, when new", i -> Bench.create(api, "warm-up", i));
      Thread.sleep(Duration.ofSeconds(10));
      note("resident, with %d objects, MB".formatted(CALLS), form, resident(appliance));
      calls(form, "create", i -> Bench.create(api, "bench-8", i));
      calls(form, "get", i -> api.get(Bench.path("bench-8") + "/c-" + i % CALLS));
      note("resident, most under load, MB", form, Resident.most(appliance.process().pid()));
    }
  }

  private void calls(Form form, String name, Bench.Call call) throws Exception {
    Load load = Load.of(CLIENTS, CALLS, (_, number) -> Bench.require(number, call.call(number)));
    note("%s, %d at a time, per s".formatted(name, CLIENTS), form, load.perSecond());
    note("%s, p99 ms".formatted(name), form, load.millis(0.99));
  }

  private void stores() throws Exception {
    byte[] bytes = new byte[1024];
    new Random(1).nextBytes(bytes);
    ByteString value = ByteString.copyFrom(bytes);
    for (Form form : Form.inTurn()) {
      form.choose();
      try (var peer = new StorePeer(StorePeer.Kind.CROFT)) {
        peer.launch();
        try (var client = new StoreClient(peer, CONNECTIONS)) {
          client.awaitReady(peer.process());
          puts(client, "warm-up", value);
          Load load = puts(client, "bench", value);
          note("store, put of 1 KiB, 64 at a time, per s", form, load.perSecond());
          note("store, put, p99 ms", form, load.millis(0.99));
          note("store, resident, MB", form, Resident.now(peer.process().pid()));
        }
      }
    }
  }

  private static Load puts(StoreClient client, String prefix, ByteString value) throws Exception {
    return Load.of(
        STORE_CLIENTS,
        3 * CALLS,
        (caller, number) ->
            client.put(caller, StoreClient.bytes("/registry/" + prefix + "/" + number), value, 0));
  }

  private static double megabytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum()
          / 1e6;
    }
  }

  private void note(String figure, Form form, double value) {
    out.printf("  %-8s %-46s %12.2f%n", form, figure, value);
    figures.computeIfAbsent(figure, _ -> new EnumMap<>(Form.class)).put(form, value);
  }

  private void print() {
    out.printf("%n%-46s %12s %12s %14s%n", "", "java", "native", "native/java");
    figures.forEach((figure, values) -> {
      double java = values.getOrDefault(Form.JAVA, Double.NaN);
      double compiled = values.getOrDefault(Form.NATIVE, Double.NaN);
      out.printf("%-46s %12.2f %12.2f %14.2f%n", figure, java, compiled, compiled / java);
    });
  }
}
