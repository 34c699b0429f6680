package io.croft.smoke;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Hosts get one version after another while agents and the appliance are killed at random. Whether
/// partition, maxUnavailable and pause held is judged by what the scripts themselves have written.
/// `-Dcroft.components.hosts=10 -Dcroft.components.kills=50` tries it often.
@Tag("G18")
@Tag("R-90")
@Tag("R-92")
class ComponentRolloutTest {
  private static final int HOSTS = Integer.getInteger("croft.components.hosts", 3);
  private static final int KILLS = Integer.getInteger("croft.components.kills", 3);
  private static final long SEED = Long.getLong("croft.components.seed", 20261121);
  private static final int MAX_UNAVAILABLE = Math.max(1, HOSTS / 4);
  private static final int PARTITION = Math.max(1, HOSTS / 3);
  private static final Duration DEADLINE = Duration.ofMinutes(5);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final String SETS = "/apis/fleet.croft.io/v1alpha1/machinecomponentsets";
  private static final String MACHINES = "/apis/fleet.croft.io/v1alpha1/machines";

  /// Takes its time, and tells when another one is at work on the same host.
  private static final String INSTALL =
      """
      say() { echo "$CROFT_NODE $1 $CROFT_VERSION" >> "$STATE/trace"; }
      busy=$STATE/$CROFT_NODE.busy
      born() { awk '{print $22}' "/proc/$1/stat" 2>/dev/null; }
      say begin
      [ "$(cat word)" = "word of $CROFT_VERSION" ] || say otherFile
      if [ -e "$busy" ]; then
        read -r pid time < "$busy"
        [ "$(born "$pid")" != "$time" ] || say overlap
      fi
      echo "$$ $(born $$)" > "$busy"
      rm -f "$STATE/$CROFT_NODE.version"
      sleep 0.4
      echo "$CROFT_VERSION" > "$STATE/$CROFT_NODE.version"
      rm "$busy"
      """;

  private static final String CHECK =
      """
      read -r found < "$STATE/$CROFT_NODE.version" && [ "$found" = "$CROFT_VERSION" ] || exit 1
      echo "$CROFT_NODE ok $CROFT_VERSION" >> "$STATE/trace"
      """;

  private final Appliance appliance = new Appliance();
  private final Map<String, Process> agents = new TreeMap<>();
  private final Random random = new Random(SEED);
  private final HttpServer mirror = mirror();

  /// Has a file of each version.
  private static HttpServer mirror() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            byte[] word = word(exchange.getRequestURI().getPath().substring(1));
            exchange.sendResponseHeaders(200, word.length);
            try (exchange) {
              exchange.getResponseBody().write(word);
            }
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] word(String version) {
    return ("word of " + version).getBytes(StandardCharsets.UTF_8);
  }

  @AfterEach
  void stop() throws Exception {
    agents.values().forEach(agent -> agent.destroyForcibly().onExit().join());
    appliance.close();
    mirror.stop(0);
  }

  private Path trace() {
    return appliance.directory().resolve("trace");
  }

  private Path dataDirectory(String host) {
    return appliance.directory().resolve(host);
  }

  /// What the test does stands between what the scripts do.
  private void mark(String text) throws IOException {
    Files.writeString(
        trace(), "- " + text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void startAgent(String host) {
    Process agent =
        Distribution.croft("join", "--data-dir", dataDirectory(host).toString())
            .start(
                appliance.directory().resolve(host + ".out"),
                appliance.directory().resolve(host + ".err"));
    agents.put(host, agent);
  }

  private void join(String host) throws Exception {
    String token = appliance.croft("token", "create", "--role", "agent").run().succeeded().text();
    Distribution.croft(
            "join",
            appliance.server(),
            "--token-file",
            "/dev/stdin",
            "--name",
            host,
            "--data-dir",
            dataDirectory(host).toString(),
            "--detach")
        .reading(token)
        .run()
        .succeeded();
    Distribution.croft("down", "--data-dir", dataDirectory(host).toString()).run().succeeded();
    startAgent(host);
  }

  /// Tries until it works: the appliance may just have been killed.
  private <T> T persistently(String what, Callable<T> call) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (true) {
      try {
        return call.call();
      } catch (IOException e) {
        assertThat(System.nanoTime()).as(what + ": " + e).isLessThan(deadline);
        Thread.sleep(100);
      }
    }
  }

  private JsonNode read(String path) throws Exception {
    return persistently(
        path,
        () -> {
          try (Api api = appliance.api()) {
            Api.Answer answer = api.get(path);
            if (answer.status() != 200) {
              throw new IOException(answer.toString());
            }
            return answer.json();
          }
        });
  }

  private void change(String version, int partition, boolean paused) throws Exception {
    persistently(
        "the set is changed",
        () -> {
          ObjectNode set = (ObjectNode) read(SETS + "/tool");
          ObjectNode spec = (ObjectNode) set.path("spec");
          spec.put("version", version);
          spec.putObject("updateStrategy")
              .put("maxUnavailable", MAX_UNAVAILABLE)
              .put("partition", partition)
              .put("paused", paused);
          try (Api api = appliance.api()) {
            Api.Answer answer = api.put(SETS + "/tool", set.toString());
            if (answer.status() != 200) {
              throw new IOException(answer.toString());
            }
            return answer.status();
          }
        });
  }

  private void create(String path, ObjectNode object) throws Exception {
    try (Api api = appliance.api()) {
      Api.Answer answer = api.post(path, object.toString());
      assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode object = Api.MAPPER.createObjectNode();
    object.put("apiVersion", "fleet.croft.io/v1alpha1").put("kind", kind);
    object.putObject("metadata").put("name", name);
    return object;
  }

  private void createComponent(int version) throws Exception {
    ObjectNode component = object("MachineComponent", "tool-" + version);
    ObjectNode spec = component.putObject("spec");
    spec.put("component", "tool").put("version", Integer.toString(version));
    ArrayNode environment = spec.putArray("env");
    environment.addObject().put("name", "STATE").put("value", appliance.directory().toString());
    String name = Integer.toString(version);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(word(name));
    spec.putArray("files")
        .addObject()
        .put("name", "word")
        .putObject("contentFrom")
        .put("url", "http://127.0.0.1:%d/%s".formatted(mirror.getAddress().getPort(), name))
        .put("sha256", HexFormat.of().formatHex(digest));
    spec.putObject("install").put("script", INSTALL);
    spec.putObject("check").put("script", CHECK);
    create("/apis/fleet.croft.io/v1alpha1/machinecomponents", component);
  }

  private void awaitReady(String version, int hosts) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    JsonNode status = read(SETS + "/tool").path("status");
    while (!(status.path("updateVersion").asText().equals(version)
        && status.path("updatedReady").asInt() >= hosts)) {
      assertThat(System.nanoTime())
          .as("%s on %d hosts: %s", version, hosts, status)
          .isLessThan(deadline);
      Thread.sleep(100);
      status = read(SETS + "/tool").path("status");
    }
  }

  /// Stops the rollout somewhere, and sees to it that nobody was told anything before the mark.
  private void pause(String version) throws Exception {
    change(version, PARTITION, true);
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    JsonNode set = read(SETS + "/tool");
    while (set.at("/status/observedGeneration").asLong()
        < set.at("/metadata/generation").asLong()) {
      assertThat(System.nanoTime()).as("the pause is seen: " + set).isLessThan(deadline);
      Thread.sleep(20);
      set = read(SETS + "/tool");
    }
    var told = new TreeSet<String>();
    for (JsonNode machine : read(MACHINES).path("items")) {
      if (machine.at("/spec/components/0/version").asText().equals(version)) {
        told.add(machine.at("/metadata/name").asText());
      }
    }
    mark("pause " + String.join(",", told));
    Thread.sleep(PAUSE);
    mark("resume");
  }

  /// Kills now and then, until it has done so often enough.
  private final class Killer implements Runnable {
    private final AtomicInteger kills = new AtomicInteger();
    private volatile @Nullable Throwable failure;

    @Override
    public void run() {
      try {
        while (kills.get() < KILLS) {
          Thread.sleep(200 + random.nextInt(1500));
          if (random.nextInt(4) == 0) {
            appliance.kill();
            Thread.sleep(random.nextInt(1000));
            appliance.start();
          } else {
            String host = List.copyOf(agents.keySet()).get(random.nextInt(agents.size()));
            requireNonNull(agents.get(host)).destroyForcibly().onExit().join();
            Thread.sleep(random.nextInt(1500));
            startAgent(host);
          }
          kills.incrementAndGet();
        }
      } catch (Throwable e) {
        failure = e;
      }
    }
  }

  @Test
  void partitionMaxUnavailableAndPauseHoldWhoeverIsKilled() throws Exception {
    appliance.start();
    appliance.identity();
    List<String> hosts = IntStream.range(0, HOSTS).mapToObj(i -> "host-%02d".formatted(i)).toList();
    for (String host : hosts) {
      join(host);
    }
    createComponent(1);
    ObjectNode set = object("MachineComponentSet", "tool");
    ObjectNode spec = set.putObject("spec").put("componentName", "tool").put("version", "1");
    spec.putObject("updateStrategy").put("maxUnavailable", "100%");
    create(SETS, set);
    awaitReady("1", HOSTS);
    mark("start");

    var killer = new Killer();
    Thread killing = Thread.ofPlatform().start(killer);
    int version = 1;
    try {
      while (killer.kills.get() < KILLS && killer.failure == null) {
        version++;
        int next = version;
        persistently(
            "the next version",
            () -> {
              try {
                createComponent(next);
              } catch (AssertionError e) {
                // made, but the answer was lost
                read("/apis/fleet.croft.io/v1alpha1/machinecomponents/tool-" + next);
              }
              return next;
            });
        rollOut(Integer.toString(version));
      }
    } finally {
      killing.join();
    }
    assertThat(killer.failure).isNull();
    assertThat(killer.kills.get()).isEqualTo(KILLS);
    for (String host : hosts) {
      assertThat(Files.readString(appliance.directory().resolve(host + ".version")).strip())
          .isEqualTo(Integer.toString(version));
    }
    new Observer(hosts).verify(Files.readAllLines(trace()));
    System.out.printf(
        "%d hosts, %d kills, %d versions, %d lines of scripts%n",
        HOSTS, killer.kills.get(), version, Files.readAllLines(trace()).size());
  }

  private void rollOut(String version) throws Exception {
    mark("partition " + PARTITION + " " + version);
    change(version, PARTITION, false);
    awaitReady(version, 1);
    pause(version);
    change(version, PARTITION, false);
    awaitReady(version, HOSTS - PARTITION);
    mark("partition 0 " + version);
    change(version, 0, false);
    awaitReady(version, HOSTS);
  }

  /// Reads what happened, in the order in which it did.
  private static final class Observer {
    private final List<String> hosts;
    private final Map<String, String> disrupted = new HashMap<>();
    private final TreeSet<String> begun = new TreeSet<>();
    private final List<String> wrong = new ArrayList<>();
    private List<String> pausedBut = List.of();
    private boolean started;
    private boolean paused;
    private int partition;
    private int most;

    Observer(List<String> hosts) {
      this.hosts = hosts;
    }

    void verify(List<String> lines) {
      int number = 0;
      for (String line : lines) {
        number++;
        String[] words = line.split(" ", -1);
        if (words[0].equals("-")) {
          marked(words);
        } else if (started) {
          happened(number + ": " + line, words[0], words[1], words[2]);
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(disrupted).isEmpty();
      assertThat(most).as("hosts changed at a time").isBetween(1, MAX_UNAVAILABLE);
    }

    private void marked(String[] words) {
      switch (words[1]) {
        case "start" -> started = true;
        case "partition" -> {
          partition = Integer.parseInt(words[2]);
          if (partition > 0) {
            begun.clear();
          }
        }
        case "pause" -> {
          paused = true;
          pausedBut = List.of(words[2].split(","));
        }
        case "resume" -> paused = false;
        default -> wrong.add("unknown mark " + words[1]);
      }
    }

    private void happened(String line, String host, String what, String version) {
      switch (what) {
        case "begin" -> {
          disrupted.put(host, version);
          begun.add(host);
          most = Math.max(most, disrupted.size());
          check(disrupted.size() <= MAX_UNAVAILABLE, line + ": too many at a time " + disrupted);
          check(begun.size() <= hosts.size() - partition, line + ": beyond the partition " + begun);
          check(hosts.indexOf(host) >= partition, line + ": not one of those that come first");
          check(!paused || pausedBut.contains(host), line + ": though paused");
        }
        case "ok" -> disrupted.remove(host, version);
        default -> wrong.add(line);
      }
    }

    private void check(boolean holds, String otherwise) {
      if (!holds) {
        wrong.add(otherwise);
      }
    }
  }
}
