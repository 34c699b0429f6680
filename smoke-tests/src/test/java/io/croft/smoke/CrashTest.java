package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `kill -9` at any moment loses nothing that was acknowledged, tears no object apart, and never
/// lets time run backwards. `-Dcroft.crash.rounds=200` tries it often.
class CrashTest {
  private static final int WRITERS = 6;
  private static final int WRITES_BEFORE_A_KILL = 20;
  private static final long MAX_WAIT_NANOS = 700_000_000;

  private final Appliance appliance = new Appliance();
  private final List<CrashWriter> writers =
      IntStream.range(0, WRITERS).mapToObj(i -> new CrashWriter("w" + i)).toList();

  @AfterEach
  void close() throws Exception {
    appliance.close();
  }

  @Test
  void keepsEveryAcknowledgedWriteThroughKills() throws Exception {
    int rounds = Integer.getInteger("croft.crash.rounds", 10);
    appliance.start();
    for (int round = 1; round <= rounds; round++) {
      try {
        writeUntilKilled();
        if (round % 3 == 0) {
          killWhileStarting();
        }
        appliance.start();
        verify();
      } catch (Exception | AssertionError e) {
        System.err.println("round " + round + " of " + rounds + " failed\n" + appliance.log());
        throw e;
      }
    }
    assertThat(writers.stream().mapToLong(CrashWriter::acknowledged).sum())
        .isGreaterThanOrEqualTo((long) rounds * WRITES_BEFORE_A_KILL);
  }

  private void writeUntilKilled() throws Exception {
    long before = acknowledged();
    List<Thread> threads = new ArrayList<>();
    try (Api api = appliance.api()) {
      for (CrashWriter writer : writers) {
        threads.add(Thread.ofVirtual().start(() -> writer.writeUntilCutOff(api)));
      }
      eventually("writes", () -> acknowledged() >= before + WRITES_BEFORE_A_KILL);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(MAX_WAIT_NANOS));
      appliance.kill();
      for (Thread thread : threads) {
        thread.join();
      }
    }
    for (CrashWriter writer : writers) {
      assertThat(writer.refusals()).isEmpty();
    }
  }

  private long acknowledged() {
    return writers.stream().mapToLong(CrashWriter::acknowledged).sum();
  }

  /// Recovery must survive its own interruption.
  private void killWhileStarting() throws Exception {
    appliance.launch();
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(2 * MAX_WAIT_NANOS));
    appliance.kill();
  }

  private void verify() throws Exception {
    JsonNode list;
    try (Api api = appliance.api()) {
      Api.Answer answer = api.get(CrashWriter.PATH);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      list = answer.json();
    }
    Map<String, JsonNode> found = new HashMap<>();
    list.path("items").forEach(item -> found.put(item.at("/metadata/name").asText(), item));
    long version = list.at("/metadata/resourceVersion").asLong();
    for (CrashWriter writer : writers) {
      assertThat(version)
          .as("the store's version must not be older than an acknowledged write")
          .isGreaterThanOrEqualTo(writer.newestVersion());
      writer.verify(found);
    }
    writers.forEach(writer -> writer.expectVersionsAbove(version));
  }
}
