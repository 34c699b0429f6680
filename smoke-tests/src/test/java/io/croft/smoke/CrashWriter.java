package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A client that writes config maps of its own and remembers what the server has acknowledged. At
/// most one of its writes is unanswered at a time, so after a crash it knows of each object the one
/// or two states that it may be in.
final class CrashWriter {
  static final String PATH = "/api/v1/namespaces/default/configmaps";
  private static final int OBJECTS = 15;
  private static final int MAX_FILLER_CHARS = 20_000;

  /// What an object was last known to be.
  ///
  /// @param value null when it is deleted
  private record State(@Nullable String value, long version) {}

  /// A write that was sent.
  ///
  /// @param value null for a deletion
  private record Write(String name, @Nullable String value) {}

  private final String prefix;
  private final Map<String, State> known = new HashMap<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private @Nullable Write unanswered;
  private int counter;
  private final AtomicLong acknowledged = new AtomicLong();
  private long newestVersion;

  CrashWriter(String prefix) {
    this.prefix = prefix;
  }

  /// How many writes were acknowledged, ever.
  long acknowledged() {
    return acknowledged.get();
  }

  /// Answers that were neither success nor silence.
  List<String> refusals() {
    return refusals;
  }

  long newestVersion() {
    return newestVersion;
  }

  /// From now on every version must be above this one.
  void expectVersionsAbove(long version) {
    newestVersion = Math.max(newestVersion, version);
  }

  void writeUntilCutOff(Api api) {
    try {
      while (refusals.isEmpty()) {
        write(api);
      }
    } catch (IOException e) {
      // The kill; whether the last write was kept is found out afterwards.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Api api) throws IOException, InterruptedException {
    var random = ThreadLocalRandom.current();
    String name = prefix + "-" + random.nextInt(OBJECTS);
    State state = known.get(name);
    boolean exists = state != null && state.value != null;
    boolean delete = exists && random.nextInt(5) == 0;
    String value = delete ? null : prefix + "-" + ++counter;
    unanswered = new Write(name, value);
    Api.Answer answer;
    if (value == null) {
      answer = api.delete(PATH + "/" + name);
    } else if (exists) {
      answer = api.put(PATH + "/" + name, object(name, value));
    } else {
      answer = api.post(PATH, object(name, value));
    }
    if (answer.status() >= 300) {
      refusals.add(answer.toString());
      return;
    }
    acknowledge(name, value, answer.json());
  }

  private void acknowledge(String name, @Nullable String value, JsonNode answer) {
    // A deletion may be answered by a Status, which has no version.
    long version = answer.at("/metadata/resourceVersion").asLong();
    if (value != null && version <= newestVersion) {
      refusals.add(name + " was written as version " + version + " after " + newestVersion);
    }
    newestVersion = Math.max(newestVersion, version);
    known.put(name, new State(value, version));
    unanswered = null;
    acknowledged.incrementAndGet();
  }

  /// The value is there thrice: at both ends of a filler, and in a label.
  private static String object(String name, String value) {
    String filler = "x".repeat(ThreadLocalRandom.current().nextInt(MAX_FILLER_CHARS));
    return """
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"default",
    "labels":{"value":"%s"}},"data":{"first":"%s","filler":"%s","last":"%s"}}\
    """
        .formatted(name, value, value, filler, value);
  }

  /// Checks every object of this writer and takes over what the unanswered write has come to.
  ///
  /// @param found all objects by name
  void verify(Map<String, JsonNode> found) {
    for (int i = 0; i < OBJECTS; i++) {
      String name = prefix + "-" + i;
      verify(name, found.get(name));
    }
    unanswered = null;
  }

  private void verify(String name, @Nullable JsonNode object) {
    State state = known.getOrDefault(name, new State(null, 0));
    String value = object == null ? null : object.at("/metadata/labels/value").asText();
    if (object != null) {
      assertThat(object.at("/data/first").asText()).as(name).isEqualTo(value);
      assertThat(object.at("/data/last").asText()).as(name).isEqualTo(value);
      assertThat(object.at("/metadata/uid").asText()).as(name).isNotEmpty();
    }
    Write write = unanswered;
    if (write != null && write.name.equals(name)) {
      assertThat(value)
          .as("%s, whose last write was not answered", name)
          .isIn(values(state, write));
    } else {
      assertThat(value).as(name).isEqualTo(state.value);
    }
    long version = object == null ? 0 : object.at("/metadata/resourceVersion").asLong();
    if (value != null && value.equals(state.value)) {
      assertThat(version).as("version of " + name).isEqualTo(state.version);
    } else if (value != null) {
      assertThat(version).as("version of " + name).isGreaterThan(state.version);
    }
    known.put(name, new State(value, version));
  }

  private static List<@Nullable String> values(State state, Write write) {
    return Arrays.asList(state.value, write.value);
  }
}
