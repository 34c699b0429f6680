package io.croft.app.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("M11")
class SupportBundleTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Authorization: Bearer abcdefgh.ijkl | Authorization: Bearer [removed]",
        "got eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln here | got [removed] here",
        "https://anna:hunter2@registry/x | https://anna:[removed]@registry/x",
        "redis://:hunter2@host | redis://:[removed]@host",
        "{\"password\":\"a b,c\",\"a\":1} | {\"password\":[removed],\"a\":1}",
        "x=\"{\\\"password\\\":\\\"hunter2\\\"}\" | x=\"{\\\"password\\\":[removed]}\"",
        "token: abc | token: [removed]",
        "k: \"-----BEGIN PRIVATE KEY-----\\nMIG\\n-----END PRIVATE KEY-----\\n\" |"
            + " k: \"-----BEGIN PRIVATE KEY-----[removed]\\n\"",
        "\"secretName\":\"tls\",\"kind\":\"Secret\" | \"secretName\":\"tls\",\"kind\":\"Secret\"",
        "nothing secret here | nothing secret here",
      })
  void removesWhatLooksLikeASecret(String line, String clean) {
    assertThat(new Redaction().line(line)).isEqualTo(clean);
  }

  @Test
  void keepsOfObjectsNeitherAnnotationsNorTheValuesOfHeaders() {
    String route =
        """
        {"items":[{"metadata":{"name":"r","annotations":{"a":"hunter2"}},
         "spec":{"set":[{"name":"X-Api","value":"hunter2"}],"hostnames":["a.example"]}}]}
        """;

    assertThat(Redaction.answer(route)).contains("a.example", "X-Api").doesNotContain("hunter2");
  }

  @Test
  void isDoneWithHostileLinesInTime() {
    var redaction = new Redaction();

    assertThat(redaction.line("eyJ".repeat(100_000))).endsWith("[cut]");
    assertThat(redaction.line("-----BEGIN PRIVATE KEY-----" + "a".repeat(100_000)))
        .isEqualTo("-----BEGIN PRIVATE KEY-----[removed]");
    for (int i = 0; i < 200; i++) {
      redaction.line("x");
    }
    assertThat(redaction.line("still of use")).isEqualTo("still of use");
  }

  @Test
  void removesKeysOfSeveralLinesFromLogs() throws IOException {
    Files.writeString(
        directory.resolve("croft.log"),
        "before\n-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----\nafter\n");
    Files.writeString(directory.resolve("audit.log"), "names\n");

    try (var bundle = new SupportBundle(file)) {
      bundle.addLogs(directory, "croft");
    }

    assertThat(entries())
        .containsExactly(
            Map.entry(
                "croft-support/logs/croft.log",
                "before\n-----BEGIN EC PRIVATE KEY-----[removed]\n[removed]\n[removed]\nafter\n"));
  }

  @Test
  void goesOnAfterWhatCannotBeTold() throws IOException {
    try (var bundle = new SupportBundle(file)) {
      bundle.add(
          "first.txt",
          () -> {
            throw new IOException("gone");
          });
      bundle.add("second.txt", () -> "told");
      bundle.addListing(directory);
    }

    assertThat(entries())
        .containsEntry("croft-support/first.txt", "cannot be told: java.io.IOException: gone\n")
        .containsEntry("croft-support/second.txt", "told\n")
        .containsKey("croft-support/data-directory.txt");
  }

  private Map<String, String> entries() throws IOException {
    var entries = new HashMap<String, String>();
    try (var zip = new ZipInputStream(new ByteArrayInputStream(file.toByteArray()))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return entries;
  }
}
