package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/// Measures a site from nothing, as its user waits for it: the first host, from the command until
/// it is ready, and a host that joins; then what both cost while nobody asks them anything. Where
/// there is a k3s on the PATH, its server on a database of its own stands beside them, without
/// containers. Prints and judges nothing.
public final class SiteBench {
  private static final int ROUNDS = number("BENCH_ROUNDS", 5);
  private static final int IDLE_SECONDS = number("BENCH_SECONDS", 120);
  private static final int SETTLING_SECONDS = 60;
  private static final double SECONDS_PER_HOUR = 3600;

  private SiteBench() {}

  private static int number(String variable, int otherwise) {
    return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(otherwise)));
  }

  public static void main(String[] arguments) throws Exception {
    run();
  }

  private static void run() throws Exception {
    var up = new ArrayList<Double>();
    var join = new ArrayList<Double>();
    for (int round = 0; round < ROUNDS; round++) {
      try (var appliance = new Appliance()) {
        Path host = appliance.directory().resolve("host");
        try {
          up.add(up(appliance));
          join.add(join(appliance, host));
          if (round == ROUNDS - 1) {
            idle(Map.of("first host", pid(appliance.dataDirectory()), "joined host", pid(host)));
          }
        } finally {
          down(host);
          down(appliance.dataDirectory());
        }
      }
    }
    System.out.printf("%-36s %8.2f s%n", "up until ready (median)", median(up));
    System.out.printf("%-36s %8.2f s%n", "join until the node is ready (median)", median(join));
    if (Distribution.findPeer("k3s").isPresent()) {
      peer(Distribution.peer("k3s"));
    }
  }

  private static double up(Appliance appliance) throws Exception {
    return seconds(() ->
        appliance
            .croft("up", "--detach", "--listen", "127.0.0.1:" + appliance.port())
            .run()
            .succeeded());
  }

  private static double join(Appliance appliance, Path host) throws Exception {
    String token = appliance.croft("token", "create", "--role", "agent").run().succeeded().text();
    Path file = Files.writeString(appliance.directory().resolve("token"), token.strip());
    try (Api api = appliance.api()) {
      return seconds(() -> {
        Distribution.croft(
                "join",
                appliance.server(),
                "--token-file",
                file.toString(),
                "--name",
                "host",
                "--data-dir",
                host.toString(),
                "--detach")
            .run()
            .succeeded();
        eventually("the node is ready", () -> ready(api));
        return null;
      });
    }
  }

  private static boolean ready(Api api) throws Exception {
    for (var condition : api.get("/api/v1/nodes/host").json().path("status").path("conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("status").asText().equals("True");
      }
    }
    return false;
  }

  /// A k3s that runs no containers, until its API is ready, and idle.
  private static void peer(String k3s) throws Exception {
    Path directory = Files.createTempDirectory("croft-bench");
    int port = Distribution.freePort();
    Path kubeconfig = directory.resolve("kubeconfig");
    var server =
        new Command(
            List.of(
                k3s,
                "server",
                "--disable-agent",
                "--data-dir",
                directory.resolve("data").toString(),
                "--write-kubeconfig",
                kubeconfig.toString(),
                "--https-listen-port",
                Integer.toString(port)),
            Map.of(),
            "");
    long begun = System.nanoTime();
    Process process = server.start(directory.resolve("out"), directory.resolve("err"));
    try {
      eventually("k3s has made its kubeconfig", () -> Files.exists(kubeconfig));
      try (Api api = new Api("https://127.0.0.1:" + port, Identity.of(kubeconfig))) {
        eventually("k3s is ready", () -> Appliance.ready(api));
      }
      System.out.printf(
          "%-36s %8.2f s%n", "k3s server until ready", (System.nanoTime() - begun) / 1e9);
      idle(Map.of("k3s server", process.pid()));
    } finally {
      process.destroy();
      process.waitFor();
      Appliance.deleteAll(directory);
    }
  }

  /// @param processes by what they are called
  private static void idle(Map<String, Long> processes) throws Exception {
    Thread.sleep(SETTLING_SECONDS * 1000L);
    var before = new TreeMap<String, ProcessTree>();
    for (var process : processes.entrySet()) {
      before.put(process.getKey(), ProcessTree.of(process.getValue()));
    }
    Thread.sleep(IDLE_SECONDS * 1000L);
    for (var process : processes.entrySet()) {
      ProcessTree now = ProcessTree.of(process.getValue());
      ProcessTree then = before.getOrDefault(process.getKey(), now);
      System.out.printf(
          "%-36s %8.2f %% of a processor %8.1f MB resident %8.1f MB written per hour%n",
          process.getKey() + ", idle",
          (now.cpuMillis() - then.cpuMillis()) / 10 / IDLE_SECONDS,
          now.residentMegabytes(),
          (now.writtenBytes() - then.writtenBytes()) / 1e6 * SECONDS_PER_HOUR / IDLE_SECONDS);
    }
  }

  private static void down(Path data) {
    Distribution.croft("down", "--data-dir", data.toString()).run();
  }

  private static long pid(Path data) throws IOException {
    return Long.parseLong(Files.readString(data.resolve("croft.pid")).strip().split(" ")[0]);
  }

  private static double seconds(Callable<?> action) throws Exception {
    long begun = System.nanoTime();
    action.call();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
