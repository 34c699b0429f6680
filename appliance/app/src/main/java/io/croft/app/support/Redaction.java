package io.croft.app.support;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.security.AuditBody;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/// Takes out of a text, line by line, what looks like a secret. Croft writes none into its logs and
/// answers; this is for what users write into names, annotations and settings. For one text.
final class Redaction {
  private static final String REMOVED = "[removed]";

  /// Longer lines are cut: they are no lines of a log, and would take the patterns long.
  private static final int MAX_LINE = 16 << 10;

  /// No key has more lines; without an end in sight, the rest of a log is still of use.
  private static final int MAX_KEY_LINES = 200;

  private static final Pattern KEY_BEGINS =
      Pattern.compile("-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----");
  private static final Pattern KEY_ENDS = Pattern.compile("-----END [A-Z ]{0,20}PRIVATE KEY-----");

  /// A key within one line, as in JSON.
  private static final Pattern KEY =
      Pattern.compile("(" + KEY_BEGINS + ")[^\"]*?(" + KEY_ENDS + "|(?=\")|$)");

  /// A pattern whose first group, which stays, is in front of a secret.
  private static final List<Pattern> SECRETS =
      List.of(
          Pattern.compile(
              "(?<![A-Za-z0-9_-])()eyJ[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]{2,}+\\.[A-Za-z0-9_-]*+"),
          Pattern.compile("(?i)(\\b(?:bearer|basic)\\s{1,4})[A-Za-z0-9._~+/=-]{8,}+"),
          Pattern.compile("(://[^/\\s:@\"]{0,256}:)[^\\s@\"]{1,256}(?=@)"),
          Pattern.compile(
              "(?i)((?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential)s?\\\\?\"?"
                  + "\\s{0,4}[:=]\\s{0,4})(?:\\\\?\"(?:[^\"\\\\]|\\\\[^\"])*+\\\\?\"?|[^\\s\",;&{}\\[\\]]+)"));

  private int keyLinesLeft;

  String line(String given) {
    String line = given.length() > MAX_LINE ? given.substring(0, MAX_LINE) + " [cut]" : given;
    if (keyLinesLeft > 0) {
      keyLinesLeft = KEY_ENDS.matcher(line).find() ? 0 : keyLinesLeft - 1;
      return REMOVED;
    }
    String clean = KEY.matcher(line).replaceAll("$1" + REMOVED);
    if (endsWithinKey(line)) {
      keyLinesLeft = MAX_KEY_LINES;
    }
    for (Pattern secret : SECRETS) {
      clean = secret.matcher(clean).replaceAll("$1" + REMOVED);
    }
    return clean;
  }

  private static boolean endsWithinKey(String line) {
    int last = -1;
    for (var begin = KEY_BEGINS.matcher(line); begin.find(); ) {
      last = begin.end();
    }
    return last >= 0 && line.indexOf('"', last) < 0 && !KEY_ENDS.matcher(line).find(last);
  }

  /// An answer of the API, as lines: of objects without annotations, which hold whatever users put
  /// there, and without the values of what has a name and a value, such as headers that a route
  /// sets.
  static String answer(String text) {
    try {
      JsonNode answer = Json.parse(text.getBytes(StandardCharsets.UTF_8));
      return stripped(AuditBody.withoutSecrets(answer)).toPrettyString();
    } catch (MalformedJsonException e) {
      return text;
    }
  }

  private static JsonNode stripped(JsonNode value) {
    if (value instanceof ObjectNode object) {
      object.remove("annotations");
      if (object.path("name").isTextual() && object.path("value").isTextual()) {
        object.set("value", TextNode.valueOf(REMOVED));
      }
    }
    value.forEach(Redaction::stripped);
    return value;
  }
}
