package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
  private static final Map<String, String> LABELS =
      Map.of("app", "web", "tier", "front", "n", "5", "empty", "", "in", "in");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "app=web",
        "app==web , tier!=back",
        "app in (web,db)",
        "app notin (db)",
        "absent notin (db)",
        "absent!=x",
        "app",
        "!absent",
        "n>4,n<6",
        "empty=",
        "empty in (,x)",
        "empty in ()",
        "in in (in)",
        "in=in"
      })
  void matches(String selector) {
    assertThat(LabelSelector.parse(selector).matches(LABELS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app=db",
        "app!=web",
        "app in (db)",
        "app notin (web)",
        "absent",
        "!app",
        "n>5",
        "app>1",
        "absent=",
        "absent in (a)"
      })
  void doesNotMatch(String selector) {
    assertThat(LabelSelector.parse(selector).matches(LABELS)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "app=a=b      | found '=', expected: ',' or 'end of string'",
        "=a           | found '=', expected: !, identifier, or 'end of string'",
        "a,           | found '', expected: identifier after ','",
        "a,,b         | found ',', expected: identifier after ','",
        "a in b       | unable to parse requirement: found 'b' expected: '('",
        "a in (b      | unable to parse requirement: found '', expected: ',' or ')'",
        "a b          | unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt,"
            + " lt",
        "!            | unable to parse requirement: found '', expected: identifier",
        "a=(          | unable to parse requirement: found '(', expected: identifier",
        "a>b          | unable to parse requirement: values: Invalid value: [\"b\"]: for 'Gt', 'Lt'"
            + " operators, the value must be an integer"
      })
  void explainsMalformedSelectors(String selector, String message) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void checksKeysAndValues() {
    assertThatThrownBy(() -> LabelSelector.parse("-a=b"))
        .hasMessageStartingWith(
            "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of");
    assertThatThrownBy(() -> LabelSelector.parse("a=-b"))
        .hasMessageStartingWith(
            "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must");
  }

  @Test
  void readsTheSelectorOfAnObject() {
    var selector =
        LabelSelector.fromJson(
            JsonTexts.json(
                """
                {'matchLabels':{'app':'web'},'matchExpressions':[
                  {'key':'tier','operator':'In','values':['front','back']},
                  {'key':'absent','operator':'DoesNotExist'}]}
                """));
    assertThat(selector.matches(LABELS)).isTrue();
    assertThat(selector).hasToString("!absent,app=web,tier in (back,front)");
    assertThat(LabelSelector.parse(selector.toString())).hasToString(selector.toString());
    assertThatThrownBy(() ->
            LabelSelector.fromJson(
                JsonTexts.json("{'matchExpressions':[{'key':'a','operator':'Like'}]}")))
        .hasMessage("\"Like\" is not a valid label selector operator");
  }

  @Test
  void tellsEverythingFromNothing() {
    assertThat(LabelSelector.fromJson(null).matches(LABELS)).isFalse();
    assertThat(LabelSelector.fromJson(null).isEmpty()).isFalse();
    assertThat(LabelSelector.fromJson(Json.object()).matches(LABELS)).isTrue();
    assertThat(LabelSelector.fromJson(Json.object()).isEmpty()).isTrue();
  }

  @Test
  void readsFieldSelectors() {
    assertThat(FieldSelector.parse("metadata.name=a,spec.x!=b,y==c,,z=p\\,q\\=r\\\\").terms())
        .containsExactly(
            new FieldSelector.Term("metadata.name", "a", false),
            new FieldSelector.Term("spec.x", "b", true),
            new FieldSelector.Term("y", "c", false),
            new FieldSelector.Term("z", "p,q=r\\", false));
    String text = "a!=b,z=p\\,q\\=r\\\\";
    assertThat(FieldSelector.parse(text)).hasToString(text);
  }

  @Test
  void matchesFields() {
    var selector = FieldSelector.parse("a=1,b!=2,c=");
    assertThat(selector.matches(Map.of("a", "1")::get)).isTrue();
    assertThat(selector.matches(Map.of("a", "1", "b", "2")::get)).isFalse();
    assertThat(selector.matches(Map.of("a", "1", "c", "x")::get)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a     | invalid selector: 'a'; can't understand 'a'",
        "a=b\\x| invalid field selector: invalid escape sequence: \\x",
        "a=b\\ | invalid field selector: invalid escape sequence: \\",
        "a=b=c | invalid field selector: unescaped character in value: 61"
      })
  void explainsMalformedFieldSelectors(String selector, String message) {
    assertThatThrownBy(() -> FieldSelector.parse(selector)).hasMessage(message);
  }
}
