package io.croft.model.patch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.util.Random;

/// Small random documents over few keys, so that they often overlap. Without nulls, which a merge
/// patch cannot express.
final class RandomJson {
  private RandomJson() {}

  static JsonNode value(Random random, int depth) {
    return switch (depth == 0 ? 3 + random.nextInt(2) : random.nextInt(5)) {
      case 0, 1 -> object(random, depth);
      case 2 -> {
        ArrayNode array = Json.array();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(random, depth - 1));
        }
        yield array;
      }
      case 3 -> Json.number(random.nextInt(3));
      default -> Json.object().textNode("t" + random.nextInt(3));
    };
  }

  static ObjectNode object(Random random, int depth) {
    ObjectNode object = Json.object();
    for (int i = random.nextInt(4); i > 0; i--) {
      object.set("k" + random.nextInt(4), value(random, depth - 1));
    }
    return object;
  }
}
