package io.croft.certificates.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as Go writes them: `2160h0m0s`, `1.5h`, `-5m`.
public final class GoDuration {
  private static final Pattern PART =
      Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)");
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final int MAX_LENGTH = 64;

  private GoDuration() {}

  /// @throws IllegalArgumentException when it is none, or longer than 292 years
  public static Duration parse(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Duration.ZERO;
    }
    if (rest.isEmpty() || rest.length() > MAX_LENGTH) {
      throw malformed(text);
    }
    Matcher parts = PART.matcher(rest);
    var nanos = BigDecimal.ZERO;
    int at = 0;
    while (parts.lookingAt()) {
      long unit = NANOS.getOrDefault(parts.group(2), 0L);
      nanos = nanos.add(new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unit)));
      at = parts.end();
      parts.region(at, rest.length());
    }
    if (at != rest.length() || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw malformed(text);
    }
    Duration duration = Duration.ofNanos(nanos.longValue());
    return negative ? duration.negated() : duration;
  }

  private static IllegalArgumentException malformed(String text) {
    String shown = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return new IllegalArgumentException("is no duration such as 2160h or 90m: \"" + shown + "\"");
  }

  /// As Go prints it.
  public static String text(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds == 0) {
      return "0s";
    }
    String hours = seconds >= 3600 ? seconds / 3600 + "h" : "";
    String minutes = seconds >= 60 ? seconds % 3600 / 60 + "m" : "";
    return hours + minutes + seconds % 60 + "s";
  }
}
