package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A JSON Pointer, RFC 6901, unescaped. Jackson's own takes malformed ones for good and does not
/// tell a missing parent from a missing key.
record JsonPointer(String text, List<String> tokens) {
  /// @throws PatchException when a pointer that is not empty lacks its first slash, or an escape is
  ///   malformed
  static JsonPointer parse(String text) {
    if (text.isEmpty()) {
      return new JsonPointer(text, List.of());
    }
    if (text.charAt(0) != '/' || text.matches("(?s).*~([^01].*|$)")) {
      throw PatchException.malformed("not a JSON pointer: \"" + text + "\"");
    }
    var tokens =
        Stream.of(text.substring(1).split("/", -1))
            .map(token -> token.replace("~1", "/").replace("~0", "~"))
            .toList();
    return new JsonPointer(text, tokens);
  }

  boolean isRoot() {
    return tokens.isEmpty();
  }

  String lastToken() {
    return tokens.get(tokens.size() - 1);
  }

  boolean isAncestorOf(JsonPointer other) {
    return tokens.size() < other.tokens.size()
        && tokens.equals(other.tokens.subList(0, tokens.size()));
  }

  /// The value that is pointed to; null when there is none.
  @Nullable JsonNode find(JsonNode document) {
    return find(document, tokens);
  }

  /// The container that holds, or would hold, the value; null when there is none. Not for the root.
  @Nullable JsonNode findParent(JsonNode document) {
    return find(document, tokens.subList(0, tokens.size() - 1));
  }

  private static @Nullable JsonNode find(JsonNode document, List<String> path) {
    JsonNode at = document;
    for (String token : path) {
      at = child(at, token);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private static @Nullable JsonNode child(JsonNode parent, String token) {
    return switch (parent) {
      case ObjectNode object -> object.get(token);
      case ArrayNode array -> array.get(index(token, array.size()));
      default -> null;
    };
  }

  /// An array index by RFC 6901: digits without leading zeros.
  ///
  /// @return -1 when it is none, or not below `bound`
  static int index(String token, int bound) {
    if (!token.matches("0|[1-9][0-9]{0,8}")) {
      return -1;
    }
    int index = Integer.parseInt(token);
    return index < bound ? index : -1;
  }
}
