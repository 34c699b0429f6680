package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.KindsTest.Sample;
import io.croft.apiserver.TestApi.Answer;
import io.croft.model.Json;
import io.croft.model.patch.JsonPatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What built-in kinds refuse, in the words that tools and people know: `invalid.txt` and
/// `immutable.txt`, which change the objects of `kinds.txt`.
final class RulesTest {
  @TempDir static Path directory;
  private static TestApi api;

  /// @param patch the change, as a JSON patch
  /// @param message a part of the refusal
  record Refusal(Sample sample, ArrayNode patch, String message) {
    ObjectNode changed(ObjectNode object) {
      return (ObjectNode) JsonPatch.apply(object, patch);
    }

    @Override
    public String toString() {
      return sample + ": " + message;
    }
  }

  static Stream<Refusal> invalid() throws Exception {
    return refusals("invalid.txt");
  }

  static Stream<Refusal> immutable() throws Exception {
    return refusals("immutable.txt");
  }

  private static Stream<Refusal> refusals(String file) throws Exception {
    List<Sample> samples = KindsTest.samples().toList();
    String text;
    try (var in = RulesTest.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException(file + " is missing");
      }
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    var refusals = new ArrayList<Refusal>();
    for (String line : text.split("\n")) {
      if (!line.startsWith("#") && !line.isBlank()) {
        String[] parts = line.split(" \\| ");
        Sample sample =
            samples.stream()
                .filter(s -> (s.collection() + "/").contains("/" + parts[0] + "/"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no sample of " + parts[0]));
        refusals.add(new Refusal(sample, patch(parts[1].strip()), parts[2]));
      }
    }
    return refusals.stream();
  }

  private static ArrayNode patch(String change) throws Exception {
    ArrayNode patch = Json.array();
    if (change.endsWith("-") && !change.contains("=")) {
      String path = change.substring(0, change.length() - 1);
      patch.addObject().put("op", "remove").put("path", path);
    } else {
      int at = change.indexOf('=');
      patch
          .addObject()
          .put("op", "add")
          .put("path", change.substring(0, at))
          .set("value", Json.parse(change.substring(at + 1).getBytes(StandardCharsets.UTF_8)));
    }
    return patch;
  }

  @BeforeAll
  static void start() {
    api = new TestApi(directory);
    api.addDefaultServiceAccount();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @ParameterizedTest
  @MethodSource
  void invalid(Refusal refusal) {
    ObjectNode object = refusal.changed(refusal.sample().object().deepCopy());
    Answer refused = api.post(refusal.sample().collection(), object.toString());
    assertThat(refused.text("message")).contains(refusal.message());
    assertThat(refused.code()).isEqualTo(422);
  }

  @ParameterizedTest
  @MethodSource
  void immutable(Refusal refusal) {
    Sample sample = refusal.sample();
    Answer made = api.post(sample.collection(), sample.object().toString());
    assertThat(made.code()).as(made.body().toString()).isEqualTo(201);
    try {
      ObjectNode object = refusal.changed(api.get(sample.path()).body());
      Answer refused = api.put(sample.path(), object.toString());
      assertThat(refused.text("message")).contains(refusal.message());
      assertThat(refused.code()).isEqualTo(422);
    } finally {
      api.delete(sample.path() + "?propagationPolicy=Background");
    }
  }
}
