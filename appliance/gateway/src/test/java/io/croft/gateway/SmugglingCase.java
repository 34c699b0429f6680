package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// A line of a corpus; the files tell what stands in it.
///
/// @param expectation what must come of it, in words
/// @param text what is sent, with escapes
record SmugglingCase(String name, List<String> expectation, String text) {
  static List<SmugglingCase> read(String file) {
    try (InputStream in =
        Objects.requireNonNull(SmugglingCase.class.getResourceAsStream(file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .map(SmugglingCase::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SmugglingCase parse(String line) {
    String[] parts = line.split(" :: ", 3);
    return new SmugglingCase(parts[0], Arrays.asList(parts[1].split(" ")), parts[2]);
  }

  @Override
  public String toString() {
    return name;
  }

  /// Whether it is for the service.
  boolean passes() {
    return expectation.getFirst().equals("up");
  }

  byte[] bytes() {
    return unescape(text);
  }

  static byte[] unescape(String text) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '|') {
        bytes.write('\r');
        bytes.write('\n');
      } else if (c != '\\') {
        bytes.write(c);
      } else {
        i++;
        switch (text.charAt(i)) {
          case 'r' -> bytes.write('\r');
          case 'n' -> bytes.write('\n');
          case 't' -> bytes.write('\t');
          case '0' -> bytes.write(0);
          case 'p' -> bytes.write('|');
          case '\\' -> bytes.write('\\');
          case 'x' -> {
            bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
            i += 2;
          }
          default -> throw new IllegalArgumentException("escape in " + text);
        }
      }
    }
    return bytes.toByteArray();
  }

  /// Fails unless the service was asked just what it should have been.
  void check(RecordingUpstream upstream) {
    assertThat(upstream.problems).isEmpty();
    if (!passes()) {
      assertThat(upstream.asked).isEmpty();
      return;
    }
    assertThat(upstream.asked).hasSize(1);
    RecordingUpstream.Asked asked = upstream.asked.getFirst();
    assertThat(List.of(asked.method(), asked.target(), asked.framing()))
        .isEqualTo(expectation.subList(1, 4));
    for (String about : expectation.subList(4, expectation.size())) {
      if (about.startsWith("not:")) {
        assertThat(asked.all(about.substring(4))).as(about).isEmpty();
      } else {
        String[] field = about.substring("has:".length()).split("=", 2);
        assertThat(asked.all(field[0])).as(about).containsExactly(field[1].replace('+', ' '));
      }
    }
  }
}
