package io.croft.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/// `"%s has %d".format([a, b])`, with the verbs that CEL knows: `s d f e x X o b`, and a precision
/// for `f` and `e`.
final class Formatting {
  private static final int MAX_PRECISION = 1000;

  private final Meter meter;

  private Formatting(Meter meter) {
    this.meter = meter;
  }

  static String format(String pattern, List<?> arguments, Meter meter) {
    meter.payText(pattern.length());
    return new Formatting(meter).format(pattern, arguments);
  }

  private String format(String pattern, List<?> arguments) {
    var out = new StringBuilder();
    int next = 0;
    int at = 0;
    while (at < pattern.length()) {
      char c = pattern.charAt(at++);
      if (c != '%') {
        out.append(c);
        continue;
      }
      if (at < pattern.length() && pattern.charAt(at) == '%') {
        out.append('%');
        at++;
        continue;
      }
      int precision = 6;
      if (at < pattern.length() && pattern.charAt(at) == '.') {
        int start = ++at;
        while (at < pattern.length() && Character.isDigit(pattern.charAt(at)) && at - start < 4) {
          at++;
        }
        precision = at == start ? 0 : Integer.parseInt(pattern.substring(start, at));
      }
      if (at >= pattern.length() || precision > MAX_PRECISION) {
        throw new CelException("could not parse formatting clause");
      }
      if (next >= arguments.size()) {
        throw new CelException("index " + next + " out of range");
      }
      String text = clause(pattern.charAt(at++), precision, arguments.get(next++));
      meter.payText(text.length());
      out.append(text);
    }
    return out.toString();
  }

  private String clause(char verb, int precision, Object value) {
    return switch (verb) {
      case 's' -> text(value);
      case 'd' -> decimal(value);
      case 'f' -> floating(value, "%." + precision + "f");
      case 'e' -> floating(value, "%." + precision + "e");
      case 'x' -> hex(value, false);
      case 'X' -> hex(value, true);
      case 'o' -> integer(value, "octal").toString(8);
      case 'b' ->
          value instanceof Boolean flag ? (flag ? "1" : "0") : integer(value, "binary").toString(2);
      default ->
          throw new CelException(
              "could not parse formatting clause: unrecognized formatting clause \"" + verb + "\"");
    };
  }

  private static CelException wrong(String clause, Object value) {
    return new CelException(
        "error during formatting: " + clause + " clause cannot be used on " + Types.nameOf(value));
  }

  private static String decimal(Object value) {
    return switch (value) {
      case Long l -> l.toString();
      case UnsignedLong u -> u.toString();
      case Double d when d.isNaN() || d.isInfinite() -> infinite(d);
      default -> throw wrong("decimal", value);
    };
  }

  private static BigInteger integer(Object value, String clause) {
    return switch (value) {
      case Long l -> BigInteger.valueOf(l);
      case UnsignedLong u -> u.bigIntegerValue();
      default -> throw wrong(clause, value);
    };
  }

  private static String infinite(double number) {
    return Double.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }

  private static String floating(Object value, String pattern) {
    double number =
        switch (value) {
          case Double d -> d;
          case Long l -> (double) l;
          case UnsignedLong u -> u.doubleValue();
          default -> throw wrong("fixed-point", value);
        };
    return Double.isNaN(number) || Double.isInfinite(number)
        ? infinite(number)
        : String.format(Locale.ROOT, pattern, number);
  }

  private static String hex(Object value, boolean upper) {
    String hex =
        switch (value) {
          case String s -> HexFormat.of().formatHex(s.getBytes(StandardCharsets.UTF_8));
          case CelByteString b -> HexFormat.of().formatHex(b.toByteArray());
          default -> integer(value, "hex").toString(16);
        };
    return upper ? hex.toUpperCase(Locale.ROOT) : hex;
  }

  private String text(Object value) {
    meter.pay(1);
    return switch (value) {
      case String s -> {
        meter.payText(s.length());
        yield s;
      }
      case Boolean b -> b.toString();
      case Long l -> l.toString();
      case UnsignedLong u -> u.toString();
      case Double d -> Double.isNaN(d) || Double.isInfinite(d) ? infinite(d) : Texts.of(d);
      case NullValue n -> "null";
      case CelByteString b -> {
        meter.payText(b.size());
        yield new String(b.toByteArray(), StandardCharsets.UTF_8);
      }
      case Instant i -> Texts.of(i);
      case Duration d -> Texts.of(d);
      case TypeValue t -> t.name();
      case List<?> list -> {
        var items = new StringJoiner(", ", "[", "]");
        list.forEach(item -> items.add(text(item)));
        meter.payText(items.length());
        yield items.toString();
      }
      case Map<?, ?> map -> {
        var sorted = new TreeMap<String, String>();
        map.forEach((key, member) -> sorted.put(text(key), text(member)));
        var members = new StringJoiner(", ", "{", "}");
        sorted.forEach((key, member) -> members.add(key + ": " + member));
        meter.payText(members.length());
        yield members.toString();
      }
      default -> throw wrong("string", value);
    };
  }
}
