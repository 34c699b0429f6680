package io.croft.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.croft.model.Json;
import io.croft.model.Shortened;
import java.util.Arrays;

/// An event as one line of the log, of bounded length: whoever sends a request has a say in what
/// stands in it.
final class AuditLine {
  /// Longest line without bodies, its end included.
  static final int MAX_BYTES = 16 << 10;

  /// Longest line with bodies; they are left out of a longer one.
  static final int MAX_BYTES_WITH_BODIES = 192 << 10;

  /// Longest texts of an event that is too long; ever shorter ones until it fits.
  private static final int FIRST_CUT_CHARS = 1024;

  /// Most members that an object or list of such an event keeps; the event itself has fewer.
  private static final int MAX_MEMBERS = 20;

  private AuditLine() {}

  static byte[] of(AuditEvent event) {
    byte[] whole = line(event.toJson());
    if (whole.length <= (event.bodyBytes() == 0 ? MAX_BYTES : MAX_BYTES_WITH_BODIES)) {
      return whole;
    }
    ObjectNode json = event.withoutBodies().toJson();
    byte[] line = line(json);
    for (int maxChars = FIRST_CUT_CHARS; line.length > MAX_BYTES; maxChars /= 4) {
      line = line(shortened(json, maxChars));
    }
    return line;
  }

  private static byte[] line(JsonNode json) {
    byte[] bytes = Json.bytes(json);
    byte[] line = Arrays.copyOf(bytes, bytes.length + 1);
    line[bytes.length] = '\n';
    return line;
  }

  private static JsonNode shortened(JsonNode value, int maxChars) {
    return switch (value) {
      case ObjectNode object -> {
        ObjectNode kept = Json.object();
        object
            .propertyStream()
            .limit(MAX_MEMBERS)
            .forEach(member ->
                kept.set(
                    Shortened.text(member.getKey(), Math.max(maxChars, MAX_MEMBERS)),
                    shortened(member.getValue(), maxChars)));
        yield kept;
      }
      case ArrayNode array -> {
        ArrayNode kept = Json.array();
        array.valueStream().limit(MAX_MEMBERS).forEach(item -> kept.add(shortened(item, maxChars)));
        yield kept;
      }
      case TextNode text -> TextNode.valueOf(Shortened.text(text.textValue(), maxChars));
      default -> value;
    };
  }
}
