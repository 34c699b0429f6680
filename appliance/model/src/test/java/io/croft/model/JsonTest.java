package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1.0}",
        "{\"a\":1.10}",
        "{\"a\":123456789012345678901234567890}",
        "{\"a\":0.1234567890123456789012345678901234567890}",
        "{\"b\":1,\"a\":[true,null,\"\\u0001é😀\"]}"
      })
  void writesBackWhatItRead(String text) throws Exception {
    assertThat(Json.text(Json.parse(utf8(text)))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1,\"a\":2}           | line 1, column 11: a key occurs twice in one object",
        "{\"a\":{\"b\":1,\"b\":2}}   | a key occurs twice in one object",
        "{\"a\":1} {}                | there is more after the end of the value",
        "{\"a\":                     | the document ends too early",
        "{a:1}                       | line 1, column 2: malformed JSON",
        "[01]                        | line 1, column 3: malformed JSON",
        "[NaN]                       | malformed JSON",
        "[1e401]                     | a number is out of range",
        "``                          | expected a JSON value, found none"
      })
  void refusesWhatIsNotOneJsonValue(String text, String message) {
    assertThatThrownBy(() -> Json.parse(utf8(text)))
        .isInstanceOf(MalformedJsonException.class)
        .message()
        .contains(message)
        .doesNotContain("\n");
  }

  @Test
  void refusesNestingBeyondTheLimit() {
    String deep = "[".repeat(Json.MAX_DEPTH + 1) + "]".repeat(Json.MAX_DEPTH + 1);
    assertThatThrownBy(() -> Json.parse(utf8(deep)))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("nested deeper than 128 levels");
  }

  @Test
  void refusesMoreTokensThanTheLimit() throws Exception {
    String most = "[" + "1,".repeat(Json.MAX_TOKENS - 3) + "1]";
    assertThat(Json.parse(utf8(most))).hasSize(Json.MAX_TOKENS - 2);
    String more = "[" + "[],".repeat(1_000_000) + "1]";
    assertThatThrownBy(() -> Json.parse(utf8(more)))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("more than 500000 keys, values and brackets");
  }

  @Test
  void readsOwnListsOfWhatWasAcceptedFromOutside() throws Exception {
    String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
    String numbers = "[" + "1,".repeat(Json.MAX_TOKENS - 3) + "1]";
    Json.parse(utf8(deepest));
    String list = "{\"items\":[" + deepest + "," + numbers + "," + numbers + "]}";
    assertThat(Json.parseObject(utf8(list)).path("items")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2secret",
        "{\"hunter2secret\":1,\"hunter2secret\":2}",
        "{\"a\":hunter2secret}",
        "{hunter2secret:1}",
        "[\"\\hunter2secret\"]",
        "[\"\\uhunter2secret\"]",
        "{\"a\":\"hunter2secret",
        "{\"a\":\"hunter2secret\n\"}",
        "[1hunter2secret]",
        "[1] hunter2secret",
        "[1] \"hunter2secret\"",
        "[-hunter2secret]",
        "[truehunter2secret]",
        "[\"hunter2secret\"}"
      })
  void errorsDoNotRepeatTheDocument(String text) {
    assertThatThrownBy(() -> Json.parse(utf8(text)))
        .isInstanceOf(MalformedJsonException.class)
        .hasNoCause()
        .message()
        .doesNotContainIgnoringCase("hunter")
        .doesNotContain("'")
        .doesNotContain("\n");
  }

  @Test
  void refusesNumbersBeyondTheLimit() {
    assertThatThrownBy(() -> Json.parse(utf8("9".repeat(Json.MAX_NUMBER_LENGTH + 1))))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessageContaining("a number has more than 400 digits");
  }

  @Test
  void refusesInvalidUtf8() {
    assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xc3, '"'}))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void wantsAnObjectWhereOneIsAskedFor() {
    assertThatThrownBy(() -> Json.parseObject(utf8("[]")))
        .isInstanceOf(MalformedJsonException.class)
        .hasMessage("expected a JSON object");
  }

  @Test
  void comparesNumbersByMeaning() {
    assertThat(Json.same(JsonTexts.json("{'a':[1,1.0]}"), JsonTexts.json("{'a':[1.00,1e0]}")))
        .isTrue();
    assertThat(Json.same(Json.object().put("a", 1), Json.object().put("a", 1L))).isTrue();
    assertThat(Json.same(JsonTexts.json("{'a':1}"), JsonTexts.json("{'a':'1'}"))).isFalse();
    assertThat(Json.same(JsonTexts.json("[1,2]"), JsonTexts.json("[2,1]"))).isFalse();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
