package io.croft.model.patch;

import static io.croft.model.JsonTexts.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.croft.model.Json;
import io.croft.model.patch.PatchException.Reason;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPatchTest {
  /// The examples of RFC 6902, appendix A, and the corners of RFC 6901.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'foo':'bar'}|[{'op':'add','path':'/baz','value':'qux'}]|{'foo':'bar','baz':'qux'}",
        "{'foo':['bar','baz']}|[{'op':'add','path':'/foo/1','value':'qux'}]|{'foo':['bar','qux','baz']}",
        "{'baz':'qux','foo':'bar'}|[{'op':'remove','path':'/baz'}]|{'foo':'bar'}",
        "{'foo':['bar','qux','baz']}|[{'op':'remove','path':'/foo/1'}]|{'foo':['bar','baz']}",
        "{'baz':'qux'}|[{'op':'replace','path':'/baz','value':'boo'}]|{'baz':'boo'}",
        "{'a':[1,2]}|[{'op':'replace','path':'/a/0','value':9}]|{'a':[9,2]}",
        "{'f':{'b':1,'w':2},'q':{'c':3}}|[{'op':'move','from':'/f/w','path':'/q/t'}]|{'f':{'b':1},'q':{'c':3,'t':2}}",
        "{'f':[1,2,3,4]}|[{'op':'move','from':'/f/1','path':'/f/3'}]|{'f':[1,3,4,2]}",
        "{'a':{'b':[1]}}|[{'op':'copy','from':'/a/b','path':'/c'},{'op':'add','path':'/c/-','value':2}]|{'a':{'b':[1]},'c':[1,2]}",
        "{'b':1.0}|[{'op':'test','path':'/b','value':1}]|{'b':1.0}",
        "{'foo':'bar'}|[{'op':'add','path':'/child','value':{'grandchild':{}}}]|{'foo':'bar','child':{'grandchild':{}}}",
        "{'foo':1}|[{'op':'add','path':'/foo','value':null}]|{'foo':null}",
        "{'a/b':1,'m~n':2,'':3}|[{'op':'test','path':'/a~1b','value':1},{'op':'test','path':'/m~0n','value':2},{'op':'test','path':'/','value':3}]|{'a/b':1,'m~n':2,'':3}",
        "{'a':1}|[{'op':'replace','path':'','value':{'b':2}}]|{'b':2}",
        "{'a':1}|[{'op':'test','path':'/x','value':null}]|{'a':1}",
        "{'a':1}|[]|{'a':1}"
      })
  void appliesOperations(String document, String patch, String expected) {
    assertThat(JsonPatch.apply(json(document), (ArrayNode) json(patch))).isEqualTo(json(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[{'op':'test','path':'/a','value':2}]|TEST_FAILED|testing value /a failed: test failed",
        "[{'op':'remove','path':'/x'}]|NOT_APPLICABLE|error in remove for path: '/x': Unable to"
            + " remove nonexistent key: x: missing value",
        "[{'op':'remove','path':'/x/y'}]|NOT_APPLICABLE|remove operation does not apply: doc is"
            + " missing path: \"/x/y\": missing value",
        "[{'op':'replace','path':'/x','value':1}]|NOT_APPLICABLE|replace operation does not apply:"
            + " doc is missing key: /x: missing value",
        "[{'op':'add','path':'/x/y','value':1}]|NOT_APPLICABLE|add operation does not apply: doc is"
            + " missing path: \"/x/y\": missing value",
        "[{'op':'add','path':'/l/3','value':1}]|NOT_APPLICABLE|error in add for path: '/l/3':"
            + " Unable to access invalid index: 3: invalid index referenced",
        "[{'op':'add','path':'/l/01','value':1}]|NOT_APPLICABLE|error in add for path: '/l/01':"
            + " Unable to access invalid index: 01: invalid index referenced",
        "[{'op':'remove','path':'/l/-'}]|NOT_APPLICABLE|error in remove for path: '/l/-': Unable to"
            + " access invalid index: -: invalid index referenced",
        "[{'op':'copy','from':'/x','path':'/y'}]|NOT_APPLICABLE|copy operation does not apply: doc"
            + " is missing from path: /x: missing value",
        "[{'op':'move','from':'/o','path':'/o/p'}]|NOT_APPLICABLE|move operation does not apply:"
            + " cannot move /o into itself",
        "[{'op':'bogus','path':'/x'}]|MALFORMED|Unexpected kind: bogus",
        "[{'op':'add','path':'/x'}]|MALFORMED|add operation has no value:"
            + " {\"op\":\"add\",\"path\":\"/x\"}",
        "[{'op':'add','path':'x','value':1}]|MALFORMED|not a JSON pointer: \"x\"",
        "[{'op':'add','path':'/~2','value':1}]|MALFORMED|not a JSON pointer: \"/~2\"",
        "[{'path':'/x'}]|MALFORMED|a JSON patch operation needs the text member \"op\":"
            + " {\"path\":\"/x\"}",
        "[1]|MALFORMED|a JSON patch operation needs the text member \"op\": 1"
      })
  void explainsWhatDoesNotApply(String patch, Reason reason, String message) {
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(
            () -> JsonPatch.apply(json("{'a':1,'l':[1,2],'o':{}}"), (ArrayNode) json(patch)))
        .withMessage(message)
        .extracting(PatchException::reason)
        .isEqualTo(reason);
  }

  @Test
  void leavesItsArgumentsAlone() {
    var document = json("{'a':{'b':1}}");
    var patch =
        (ArrayNode)
            json(
                "[{'op':'add','path':'/c','value':{}},{'op':'add','path':'/c/d','value':1},{'op':'remove','path':'/a/b'}]");
    JsonPatch.apply(document, patch);
    assertThat(document).isEqualTo(json("{'a':{'b':1}}"));
    assertThat(patch.get(0).get("value").isEmpty()).isTrue();
  }

  @Test
  void boundsWhatCopiesMayAddUpTo() {
    ArrayNode doubling = Json.array();
    for (int i = 0; i < 100; i++) {
      doubling.add(json("{'op':'copy','from':'/a','path':'/a/-'}"));
    }
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(() -> JsonPatch.apply(json("{'a':[1]}"), doubling))
        .extracting(PatchException::reason)
        .isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void boundsTheNumberOfOperations() {
    ArrayNode many = Json.array();
    for (int i = 0; i <= JsonPatch.MAX_OPERATIONS; i++) {
      many.add(json("{'op':'test','path':'/a','value':1}"));
    }
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(() -> JsonPatch.apply(json("{'a':1}"), many))
        .withMessage("The allowed maximum operations in a JSON patch is 10000, got 10001");
  }

  @Test
  void boundsTheDepthOfTheResult() {
    ArrayNode wrapping = Json.array();
    for (int i = 0; i < Json.MAX_DEPTH; i++) {
      wrapping.add(json("{'op':'add','path':'/b','value':{}}"));
      wrapping.add(json("{'op':'move','from':'/a','path':'/b/a'}"));
      wrapping.add(json("{'op':'move','from':'/b','path':'/a'}"));
    }
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(() -> JsonPatch.apply(json("{'a':1}"), wrapping))
        .withMessage("the patched object is nested deeper than 128 levels");
  }

  @Test
  void refusesToCopyWhatHasBecomeTooDeepOnTheWay() {
    ArrayNode patch = Json.array();
    for (int i = 0; i < 3_000; i++) {
      patch.add(json("{'op':'add','path':'/b','value':{}}"));
      patch.add(json("{'op':'move','from':'/a','path':'/b/a'}"));
      patch.add(json("{'op':'move','from':'/b','path':'/a'}"));
    }
    patch.add(json("{'op':'copy','from':'/a','path':'/c'}"));
    assertThatExceptionOfType(PatchException.class)
        .isThrownBy(() -> JsonPatch.apply(json("{'a':1}"), patch))
        .withMessage("the patched object is nested deeper than 128 levels");
  }

  @RepeatedTest(300)
  void eitherAppliesOrExplainsAndNeverTouchesItsInput(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    JsonNode document = RandomJson.object(random, 4);
    JsonNode before = document.deepCopy();
    ArrayNode patch = Json.array();
    for (int i = 0; i < 4; i++) {
      patch.add(randomOperation(random));
    }
    try {
      JsonPatch.apply(document, patch);
    } catch (PatchException e) {
      assertThat(e.reason()).isIn(Reason.NOT_APPLICABLE, Reason.TEST_FAILED);
    }
    assertThat(document).isEqualTo(before);
  }

  private static JsonNode randomOperation(Random random) {
    List<String> names = List.of("add", "remove", "replace", "move", "copy", "test");
    return Json.object()
        .put("op", names.get(random.nextInt(names.size())))
        .put("path", randomPointer(random))
        .put("from", randomPointer(random))
        .set("value", RandomJson.value(random, 2));
  }

  private static String randomPointer(Random random) {
    List<String> steps = List.of("/k0", "/k1", "/k2", "/0", "/1", "/-");
    var pointer = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      pointer.append(steps.get(random.nextInt(steps.size())));
    }
    return pointer.toString();
  }
}
