package io.croft.gateway.tracing;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where in a trace something happens: the field `traceparent` of W3C Trace Context.
///
/// @param traceId 32 hexadecimal digits
/// @param spanId 16 hexadecimal digits
/// @param sampled whether who began the trace wants it recorded
record TraceContext(String traceId, String spanId, boolean sampled) {
  static final String FIELD = "traceparent";

  /// Later versions may have more at their end.
  private static final Pattern FORM =
      Pattern.compile(
          "(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

  private static final int SAMPLED = 1;

  /// Empty for what is none, which then counts as not there.
  static Optional<TraceContext> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || (parts.group(1).equals("00") && parts.group(5) != null)) {
      return Optional.empty();
    }
    boolean sampled = (HexFormat.fromHexDigits(parts.group(4)) & SAMPLED) != 0;
    return Optional.of(new TraceContext(parts.group(2), parts.group(3), sampled));
  }

  /// The beginning of a trace. Its identifiers are no secret and guard nothing.
  static TraceContext begin(boolean sampled) {
    var random = ThreadLocalRandom.current();
    return new TraceContext(
        HexFormat.of().toHexDigits(random.nextLong())
            + HexFormat.of().toHexDigits(nonZero(random.nextLong())),
        newSpanId(),
        sampled);
  }

  /// A step of the same trace.
  TraceContext child() {
    return new TraceContext(traceId, newSpanId(), sampled);
  }

  private static String newSpanId() {
    return HexFormat.of().toHexDigits(nonZero(ThreadLocalRandom.current().nextLong()));
  }

  private static long nonZero(long number) {
    return number == 0 ? 1 : number;
  }

  /// The value of the field.
  String header() {
    return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
  }
}
