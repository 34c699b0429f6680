package io.croft.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlFileTest {
  @TempDir Path directory;

  @Test
  void flattensNestedKeysAndKeepsTheirLines() throws IOException {
    Map<String, Given> values =
        read(
            """
            # a comment
            listen: 127.0.0.1:9443
            gateway:
              idle-timeout: 5m
              names: [a.example, b.example]
            """);

    Path file = directory.resolve("config.yaml");
    assertThat(values)
        .containsOnly(
            Map.entry("croft.listen", given("127.0.0.1:9443", file, 2)),
            Map.entry("croft.gateway.idle-timeout", given("5m", file, 4)),
            Map.entry("croft.gateway.names", given("a.example,b.example", file, 5)));
  }

  @Test
  void takesAnEmptyFileAndAnEmptyValueForNothing() throws IOException {
    assertThat(read("")).isEmpty();
    assertThat(read("# nothing\n")).isEmpty();
    assertThat(read("listen:\n")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"a: 1\nb: [\"                | 2 | expected the node content",
        "\"listen: x\nlisten: y\"      | 2 | croft.listen is already set at",
        "\"- a\"                       | 1 | croft must be a mapping of settings",
        "\"a:\n  - {b: c}\"            | 2 | croft.a may list plain values only",
        "\"? [a]\n: b\"                | 1 | croft has a key that is not a plain name",
        "\"a: &x\n  b: *x\"            | 1 | croft.a.b.b.b.b.b.b.b is nested deeper than 8 levels",
      })
  void namesTheLineOfWhatIsWrong(String text, int line, String problem) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(directory.resolve("config.yaml") + ":" + line + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void listsEveryProblem() {
    assertThatThrownBy(() -> read("a: 1\na: 2\nb: 1\nb: 2\n"))
        .hasMessageContaining(":2: croft.a is already set")
        .hasMessageContaining(":4: croft.b is already set");
  }

  @Test
  void refusesWhatIsNotText() throws IOException {
    Path file = directory.resolve("config.yaml");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    assertThatThrownBy(() -> YamlFile.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is not UTF-8 text");
  }

  private static Given given(String text, Path file, int line) {
    return new Given(text, new Origin.Line(file, line));
  }

  private Map<String, Given> read(String text) throws IOException {
    Path file = directory.resolve("config.yaml");
    Files.writeString(file, text);
    return YamlFile.read(file);
  }
}
