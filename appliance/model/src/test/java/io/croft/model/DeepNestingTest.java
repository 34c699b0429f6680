package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.patch.JsonPatch;
import io.croft.model.patch.MergePatch;
import io.croft.model.patch.PatchSchema;
import io.croft.model.patch.StrategicMergePatch;
import io.croft.model.schema.StructuralSchema;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/// The deepest document that is accepted passes through everything that walks trees, on the small
/// stack that the server's threads may have.
class DeepNestingTest {
  private static final long STACK_BYTES = 512 << 10;

  /// Levels of `properties`, two levels of JSON each.
  private static final int SCHEMA_LEVELS = 62;

  @Test
  void smallStacksSufficeForTheDeepestObjects() throws Exception {
    onSmallStack(() -> {
      ObjectNode object = deepest();
      ObjectNode other = deepest();
      assertThat(Json.same(object, other)).isTrue();
      assertThat(Json.canonical(object)).isEqualTo(Json.canonical(other));
      assertThat(Json.parse(Json.bytes(object)).hashCode()).isEqualTo(object.hashCode());
      MergePatch.apply(object, other);
      JsonPatch.apply(object, Json.array());
      StrategicMergePatch.apply(object, other, PatchSchema.NONE);
      assertThat(FieldError.invalid("f", object, "").body()).isNotEmpty();
      open().unknownFields(object);
      open().applyDefaults(object);
      assertThat(open().validate(object, other)).isEmpty();
      open().prune(object);
    });
  }

  @Test
  void smallStacksSufficeForTheDeepestSchemas() throws Exception {
    onSmallStack(() -> {
      JsonNode json = deepestSchema();
      assertThat(StructuralSchema.structuralErrors(json, "s")).isEmpty();
      StructuralSchema schema = StructuralSchema.parse(json);
      ObjectNode object = deepest();
      object.put("unknown", 1);
      assertThat(schema.unknownFields(object)).hasSize(1);
      schema.applyDefaults(object);
      schema.prune(object);
      assertThat(schema.validate(object, null)).isNotEmpty();
      StrategicMergePatch.apply(object, deepest(), PatchSchema.of(schema));
    });
  }

  private static StructuralSchema open() {
    return StructuralSchema.parse(
        JsonTexts.json("{'type':'object','x-kubernetes-preserve-unknown-fields':true}"));
  }

  private static ObjectNode deepest() throws MalformedJsonException {
    String text =
        "{\"p\":".repeat(Json.MAX_DEPTH - 1) + "{\"q\":1}" + "}".repeat(Json.MAX_DEPTH - 1);
    return (ObjectNode) Json.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Each level asks for more by alternatives within alternatives.
  private static JsonNode deepestSchema() throws MalformedJsonException {
    String level = "{\"type\":\"object\",\"oneOf\":[{\"required\":[\"x\"]}],\"properties\":{\"p\":";
    String text =
        level.repeat(SCHEMA_LEVELS)
            + "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}"
            + "}}".repeat(SCHEMA_LEVELS);
    return Json.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @FunctionalInterface
  private interface Check {
    void run() throws Exception;
  }

  private static void onSmallStack(Check check) throws Exception {
    var task =
        new FutureTask<Void>(() -> {
          check.run();
          return null;
        });
    new Thread(null, task, "small-stack", STACK_BYTES).start();
    task.get();
  }
}
