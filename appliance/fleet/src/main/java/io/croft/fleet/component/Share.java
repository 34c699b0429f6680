package io.croft.fleet.component;

import com.fasterxml.jackson.databind.JsonNode;

/// A number of hosts, or a part of all of them.
///
/// @param value hosts, or hundredths
record Share(int value, boolean percent) {
  static Share of(JsonNode json, int usual) {
    if (json.isIntegralNumber()) {
      return new Share(Math.clamp(json.asLong(), 0, Integer.MAX_VALUE), false);
    }
    String text = json.asText("");
    return text.matches("\\d{1,3}%")
        ? new Share(Integer.parseInt(text.substring(0, text.length() - 1)), true)
        : new Share(usual, false);
  }

  int roundedUp(int total) {
    return percent ? Math.ceilDiv(value * total, 100) : value;
  }

  int roundedDown(int total) {
    return percent ? value * total / 100 : value;
  }
}
