package io.croft.model.patch;

import static io.croft.model.JsonTexts.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
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
    JsonNode from = RandomJson.value(random, 4);
    JsonNode to = RandomJson.value(random, 4);
    JsonNode fromBefore = from.deepCopy();
    assertThat(MergePatch.apply(from, MergePatch.diff(from, to))).isEqualTo(to);
    assertThat(from).isEqualTo(fromBefore);
  }

  @RepeatedTest(100)
  void changesNothingTheSecondTime(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    JsonNode patch = RandomJson.value(random, 4);
    JsonNode once = MergePatch.apply(RandomJson.value(random, 4), patch);
    assertThat(MergePatch.apply(once, patch)).isEqualTo(once);
  }
}
