package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// However much is wrong, what is told about it stays small.
class BoundedErrorsTest {
  private static final int MANY = 200_000;

  private static final StructuralSchema SCHEMA =
      StructuralSchema.parse(
          JsonTexts.json(
              """
              {'type':'object','properties':{
                'map':{'type':'object','additionalProperties':{'type':'string'}},
                'list':{'type':'array','items':{'type':'object',
                  'properties':{'n':{'type':'string'}}}}}}
              """));

  @Test
  void schemasTellAHundredErrors() {
    ObjectNode object = Json.object();
    ObjectNode map = object.putObject("map");
    IntStream.range(0, MANY).forEach(i -> map.put("key" + i, i));
    assertThat(SCHEMA.validate(object, null)).hasSize(100);
  }

  @Test
  void schemasTellAHundredUnknownFieldsAndPruneAll() {
    ObjectNode object = Json.object();
    IntStream.range(0, MANY).forEach(i -> object.put("x".repeat(i % 3_000) + i, i));
    object.putArray("list").addObject().put("unknown", 1);
    List<String> unknown = SCHEMA.unknownFields(object);
    assertThat(unknown).hasSize(100).allMatch(text -> text.length() < 1_100);
    SCHEMA.prune(object);
    assertThat(object).isEqualTo(JsonTexts.json("{'list':[{}]}"));
  }

  @Test
  void metadataTellsAHundredErrors() {
    ObjectNode json = Json.object();
    ObjectNode metadata = json.putObject("metadata").put("name", "a");
    for (String field : List.of("labels", "annotations")) {
      ObjectNode map = metadata.putObject(field);
      IntStream.range(0, MANY).forEach(i -> map.put("/" + i, "-"));
    }
    var finalizers = metadata.putArray("finalizers");
    var owners = metadata.putArray("ownerReferences");
    IntStream.range(0, MANY).forEach(i -> finalizers.add("/" + i));
    IntStream.range(0, MANY).forEach(i -> owners.addObject());
    ApiObject object = ApiObject.of(json);
    assertThat(ObjectMetaValidation.validate(object, false, NameRule.DNS_SUBDOMAIN)).hasSize(100);
    assertThat(ObjectMetaValidation.validateUpdate(object, object)).hasSize(100);
  }

  @Test
  void fieldErrorsCutWhatIsLong() {
    String text = "ab\u0000".repeat(1_000_000);
    var wide = Json.array();
    IntStream.range(0, MANY).forEach(wide::add);
    for (Object value :
        List.of(text, Json.object().put(text, text), wide, List.of(text, text), "x".repeat(300))) {
      FieldError error = FieldError.invalid(text, value, text);
      assertThat(error.body()).hasSizeLessThan(1_400).contains("…");
      assertThat(error.message()).hasSizeLessThan(2_500);
      assertThat(error.toCause().field()).hasSizeLessThan(1_100);
    }
  }

  @Test
  void cutsBetweenCharacters() {
    assertThat(Shortened.text("a😀b", 2)).isEqualTo("a…");
    assertThat(Shortened.text("a😀b", 3)).isEqualTo("a😀…");
    assertThat(Shortened.text("abc", 3)).isEqualTo("abc");
  }

  @Test
  void statusesTellAHundredCausesAndHowManyMoreThereAre() {
    List<FieldError> errors =
        IntStream.range(0, MANY)
            .mapToObj(i -> FieldError.invalid("data", "key" + i, "x".repeat(100)))
            .toList();
    Status status = Statuses.invalid("", "ConfigMap", "n".repeat(100_000), errors).status();
    assertThat(Objects.requireNonNull(status.details()).causes()).hasSize(100);
    assertThat(status.message()).hasSizeLessThan(4_100).matches("(?s).*, and 1999\\d\\d more]");
    assertThat(Json.bytes(status.toJson())).hasSizeLessThan(30_000);
  }

  @Test
  void statusesCutLongMessages() {
    assertThat(Statuses.badRequest("x".repeat(100_000)).status().message()).hasSize(4_097);
  }
}
