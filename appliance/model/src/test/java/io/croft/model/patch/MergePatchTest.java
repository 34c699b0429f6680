package io.croft.model.patch;

import static io.croft.model.JsonTexts.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {
  /// The table of RFC 7386, appendix A.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':'b'}|{'a':'c'}|{'a':'c'}",
        "{'a':'b'}|{'b':'c'}|{'a':'b','b':'c'}",
        "{'a':'b'}|{'a':null}|{}",
        "{'a':'b','b':'c'}|{'a':null}|{'b':'c'}",
        "{'a':['b']}|{'a':'c'}|{'a':'c'}",
        "{'a':'c'}|{'a':['b']}|{'a':['b']}",
        "{'a':{'b':'c'}}|{'a':{'b':'d','c':null}}|{'a':{'b':'d'}}",
        "{'a':[{'b':'c'}]}|{'a':[1]}|{'a':[1]}",
        "['a','b']|['c','d']|['c','d']",
        "{'a':'b'}|['c']|['c']",
        "{'a':'foo'}|null|null",
        "{'a':'foo'}|'bar'|'bar'",
        "{'e':null}|{'a':1}|{'e':null,'a':1}",
        "[1,2]|{'a':'b','c':null}|{'a':'b'}",
        "{}|{'a':{'bb':{'ccc':null}}}|{'a':{'bb':{}}}"
      })
  void mergesAsTheRfcShows(String document, String patch, String expected) {
    assertThat(MergePatch.apply(json(document), json(patch))).isEqualTo(json(expected));
  }

  @RepeatedTest(300)
  void undoesADifference(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    JsonNode from = randomValue(random, 4);
    JsonNode to = randomValue(random, 4);
    JsonNode fromBefore = from.deepCopy();
    assertThat(MergePatch.apply(from, MergePatch.diff(from, to))).isEqualTo(to);
    assertThat(from).isEqualTo(fromBefore);
  }

  @RepeatedTest(100)
  void changesNothingTheSecondTime(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    JsonNode patch = randomValue(random, 4);
    JsonNode once = MergePatch.apply(randomValue(random, 4), patch);
    assertThat(MergePatch.apply(once, patch)).isEqualTo(once);
  }

  /// Without nulls, which a merge patch cannot express.
  private static JsonNode randomValue(Random random, int depth) {
    return switch (depth == 0 ? 3 + random.nextInt(2) : random.nextInt(5)) {
      case 0, 1 -> {
        ObjectNode object = Json.object();
        for (int i = random.nextInt(4); i > 0; i--) {
          object.set("k" + random.nextInt(4), randomValue(random, depth - 1));
        }
        yield object;
      }
      case 2 -> {
        ArrayNode array = Json.array();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(randomValue(random, depth - 1));
        }
        yield array;
      }
      case 3 -> Json.object().numberNode(random.nextInt(3));
      default -> Json.object().textNode("t" + random.nextInt(3));
    };
  }
}
