package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// YAML as the trees of JSON.
final class YamlTest {
  private static String json(String yaml) throws MalformedYamlException {
    return Json.text(Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "a: 1 | {\"a\":1}",
        "{\"a\": [1, null]} | {\"a\":[1,null]}",
        "{a: [b, 'c']} | {\"a\":[\"b\",\"c\"]}",
        "a: 0x1F | {\"a\":31}",
        "a: 0o17 | {\"a\":15}",
        "a: +5 | {\"a\":5}",
        "a: 1.50 | {\"a\":1.50}",
        "a: 123456789012345678901 | {\"a\":123456789012345678901}",
        "a: ~ | {\"a\":null}",
        "a: True | {\"a\":true}",
        "a: yes | {\"a\":\"yes\"}",
        "a: '1' | {\"a\":\"1\"}",
        "a: !!str 1 | {\"a\":\"1\"}",
        "1: a | {\"1\":\"a\"}",
        "[&x {k: 1}, *x] | [{\"k\":1},{\"k\":1}]"
      })
  void readsWhatJsonCanSay(String yaml, String expected) throws Exception {
    assertThat(json(yaml)).isEqualTo(expected);
  }

  @Test
  void readsBlocksOfText() throws Exception {
    assertThat(json("a: |-\n  b\n  c")).isEqualTo("{\"a\":\"b\\nc\"}");
  }

  @Test
  void copiesWhatAliasesStandFor() throws Exception {
    var tree = Yaml.parse("a: &x {k: 1}\nb: *x\n".getBytes(StandardCharsets.UTF_8));
    assertThat(tree.get("a")).isEqualTo(tree.get("b")).isNotSameAs(tree.get("b"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1\\na: 2 | a key occurs twice in one mapping",
        "a: [1 | malformed YAML",
        "a: 1\\n---\\nb: 2 | there is more than one document",
        "? [a]\\n: b | a key is not a plain name",
        "a: *none | an alias stands for nothing",
        "a: &x [*x] | an alias stands for nothing",
        "a: !!binary aGk= | a value has a tag that is not known",
        "a: .inf | a number is out of range",
        "a: 1e999999999 | a number is out of range",
        "a: \\u0001 | malformed YAML"
      })
  void refusesTheRestWithoutRepeatingIt(String yaml, String why) {
    assertThatThrownBy(() -> json(yaml.replace("\\n", "\n").replace("\\u0001", "\u0001")))
        .isInstanceOf(MalformedYamlException.class)
        .hasMessageEndingWith(why);
  }

  @Test
  void boundsWhatAliasesGrowInto() {
    var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++) {
      String one = "*a" + (i - 1);
      bomb.append("a%d: &a%d [".formatted(i, i))
          .append((one + ",").repeat(9))
          .append(one)
          .append("]\n");
    }
    assertThatThrownBy(() -> json(bomb.toString()))
        .isInstanceOf(MalformedYamlException.class)
        .hasMessageContaining("more than " + Json.MAX_TOKENS);
  }

  @Test
  void boundsDepth() {
    int deep = 100_000;
    assertThatThrownBy(() -> json("[".repeat(deep) + "]".repeat(deep)))
        .isInstanceOf(MalformedYamlException.class)
        .hasMessageContaining("nested deeper than");
    var nested = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 200; i++) {
      nested.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    assertThatThrownBy(() -> json(nested.toString()))
        .isInstanceOf(MalformedYamlException.class)
        .hasMessageContaining("nested deeper than");
  }
}
