package io.croft.nativeimage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/// The lookups that are not declared on purpose, from `left-out.txt`: each line a pattern for the
/// calling class, one for what it looks up, and the reason.
final class LeftOut {
  private record Rule(Pattern caller, Pattern subject) {}

  private final List<Rule> rules;

  private LeftOut(List<Rule> rules) {
    this.rules = rules;
  }

  static LeftOut read() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(LeftOut.class.getResourceAsStream("left-out.txt"))) {
      return new LeftOut(
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .map(line -> line.split("\\s+", 3))
              .map(words -> new Rule(Pattern.compile(words[0]), Pattern.compile(words[1])))
              .toList());
    }
  }

  boolean has(Lookup lookup) {
    return rules.stream()
        .anyMatch(rule ->
            rule.caller.matcher(lookup.caller()).matches()
                && rule.subject.matcher(lookup.subject()).matches());
  }
}
