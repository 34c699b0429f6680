package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.standard;
import static io.croft.apiserver.cel.Types.A;
import static io.croft.apiserver.cel.Types.BOOL;
import static io.croft.apiserver.cel.Types.BYTES;
import static io.croft.apiserver.cel.Types.DOUBLE;
import static io.croft.apiserver.cel.Types.DURATION;
import static io.croft.apiserver.cel.Types.DYN;
import static io.croft.apiserver.cel.Types.INT;
import static io.croft.apiserver.cel.Types.LIST;
import static io.croft.apiserver.cel.Types.MAP;
import static io.croft.apiserver.cel.Types.STRING;
import static io.croft.apiserver.cel.Types.TIMESTAMP;
import static io.croft.apiserver.cel.Types.UINT;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The operators and functions of the language itself.
final class StandardFunctions {
  private static final BigInteger MAX_UNSIGNED = UnsignedLong.MAX_VALUE.bigIntegerValue();

  private StandardFunctions() {}

  static List<Overload> all() {
    var all = new ArrayList<Overload>();
    relations(all);
    arithmetic(all);
    times(all);
    collections(all);
    conversions(all);
    texts(all);
    return all;
  }

  private static void relations(List<Overload> all) {
    all.add(standard("_==_", (v, m) -> Equality.equal(v[0], v[1], m), DYN, DYN));
    all.add(standard("_!=_", (v, m) -> !Equality.equal(v[0], v[1], m), DYN, DYN));
    all.add(
        standard(
            "_<_",
            (v, m) -> Equality.ordered(v[0], v[1]) && Equality.compare(v[0], v[1], m) < 0,
            DYN,
            DYN));
    all.add(
        standard(
            "_<=_",
            (v, m) -> Equality.ordered(v[0], v[1]) && Equality.compare(v[0], v[1], m) <= 0,
            DYN,
            DYN));
    all.add(
        standard(
            "_>_",
            (v, m) -> Equality.ordered(v[0], v[1]) && Equality.compare(v[0], v[1], m) > 0,
            DYN,
            DYN));
    all.add(
        standard(
            "_>=_",
            (v, m) -> Equality.ordered(v[0], v[1]) && Equality.compare(v[0], v[1], m) >= 0,
            DYN,
            DYN));
    all.add(standard("!_", (v, m) -> !(Boolean) v[0], BOOL));
  }

  private static void arithmetic(List<Overload> all) {
    all.add(standard("_+_", (v, m) -> exact(() -> Math.addExact(l(v, 0), l(v, 1))), INT, INT));
    all.add(standard("_-_", (v, m) -> exact(() -> Math.subtractExact(l(v, 0), l(v, 1))), INT, INT));
    all.add(standard("_*_", (v, m) -> exact(() -> Math.multiplyExact(l(v, 0), l(v, 1))), INT, INT));
    all.add(
        standard(
            "_/_",
            (v, m) -> exact(() -> Math.divideExact(l(v, 0), divisor(l(v, 1), "division by zero"))),
            INT,
            INT));
    all.add(standard("_%_", (v, m) -> l(v, 0) % divisor(l(v, 1), "modulus by zero"), INT, INT));
    all.add(standard("-_", (v, m) -> exact(() -> Math.negateExact(l(v, 0))), INT));
    all.add(standard("_+_", (v, m) -> unsigned(u(v, 0).add(u(v, 1))), UINT, UINT));
    all.add(standard("_-_", (v, m) -> unsigned(u(v, 0).subtract(u(v, 1))), UINT, UINT));
    all.add(standard("_*_", (v, m) -> unsigned(u(v, 0).multiply(u(v, 1))), UINT, UINT));
    all.add(
        standard(
            "_/_",
            (v, m) -> unsigned(u(v, 0).divide(divisor(u(v, 1), "division by zero"))),
            UINT,
            UINT));
    all.add(
        standard(
            "_%_",
            (v, m) -> unsigned(u(v, 0).mod(divisor(u(v, 1), "modulus by zero"))), UINT, UINT));
    all.add(standard("_+_", (v, m) -> d(v, 0) + d(v, 1), DOUBLE, DOUBLE));
    all.add(standard("_-_", (v, m) -> d(v, 0) - d(v, 1), DOUBLE, DOUBLE));
    all.add(standard("_*_", (v, m) -> d(v, 0) * d(v, 1), DOUBLE, DOUBLE));
    all.add(standard("_/_", (v, m) -> d(v, 0) / d(v, 1), DOUBLE, DOUBLE));
    all.add(standard("-_", (v, m) -> -d(v, 0), DOUBLE));
  }

  private static void times(List<Overload> all) {
    all.add(
        standard(
            "_+_", (v, m) -> moved((Instant) v[0], (Duration) v[1], false), TIMESTAMP, DURATION));
    all.add(
        standard(
            "_+_", (v, m) -> moved((Instant) v[1], (Duration) v[0], false), DURATION, TIMESTAMP));
    all.add(
        standard(
            "_-_", (v, m) -> moved((Instant) v[0], (Duration) v[1], true), TIMESTAMP, DURATION));
    all.add(
        standard(
            "_-_",
            (v, m) -> Texts.inRange(Duration.between((Instant) v[1], (Instant) v[0])),
            TIMESTAMP,
            TIMESTAMP));
    all.add(
        standard(
            "_+_",
            (v, m) -> Texts.inRange(((Duration) v[0]).plus((Duration) v[1])),
            DURATION,
            DURATION));
    all.add(
        standard(
            "_-_",
            (v, m) -> Texts.inRange(((Duration) v[0]).minus((Duration) v[1])),
            DURATION,
            DURATION));
  }

  private static Instant moved(Instant time, Duration by, boolean back) {
    try {
      return Texts.inRange(back ? time.minus(by) : time.plus(by));
    } catch (DateTimeException | ArithmeticException e) {
      throw new CelException("timestamp overflow");
    }
  }

  private static void collections(List<Overload> all) {
    all.add(standard("_+_", (v, m) -> Lists.concat((List<?>) v[0], (List<?>) v[1], m), LIST, LIST));
    all.add(standard("@in", (v, m) -> Equality.contains((List<?>) v[1], v[0], m), A, LIST));
    all.add(
        standard(
            "@in",
            (v, m) -> {
              m.payLook(v[0]);
              return ((Map<?, ?>) v[1]).containsKey(Equality.key(v[0]));
            },
            A,
            MAP));
    all.add(standard("size", (v, m) -> (long) ((List<?>) v[0]).size(), LIST));
    all.add(standard("size", (v, m) -> (long) JsonMap.size((Map<?, ?>) v[0], m), MAP));
    all.add(standard("size", (v, m) -> (long) ((CelByteString) v[0]).size(), BYTES));
    all.add(standard("size", StandardFunctions::length, STRING));
  }

  private static Object length(Object[] v, Meter meter) {
    String text = (String) v[0];
    meter.payText(text.length());
    return (long) text.codePointCount(0, text.length());
  }

  private static void conversions(List<Overload> all) {
    all.add(standard("dyn", (v, m) -> v[0], DYN));
    all.add(standard("type", (v, m) -> new TypeValue(Types.nameOf(v[0])), DYN));
    all.add(standard("bool", (v, m) -> v[0], BOOL));
    all.add(standard("bool", read(StandardFunctions::bool), STRING));
    all.add(standard("int", (v, m) -> v[0], INT));
    all.add(standard("int", (v, m) -> integer(u(v, 0)), UINT));
    all.add(standard("int", (v, m) -> integer(d(v, 0)), DOUBLE));
    all.add(standard("int", read(StandardFunctions::integer), STRING));
    all.add(standard("int", (v, m) -> ((Instant) v[0]).getEpochSecond(), TIMESTAMP));
    all.add(standard("uint", (v, m) -> v[0], UINT));
    all.add(standard("uint", (v, m) -> unsigned(BigInteger.valueOf(l(v, 0))), INT));
    all.add(standard("uint", (v, m) -> unsigned(d(v, 0)), DOUBLE));
    all.add(standard("uint", read(StandardFunctions::unsigned), STRING));
    all.add(standard("double", (v, m) -> v[0], DOUBLE));
    all.add(standard("double", (v, m) -> (double) l(v, 0), INT));
    all.add(standard("double", (v, m) -> u(v, 0).doubleValue(), UINT));
    all.add(standard("double", read(StandardFunctions::decimal), STRING));
    all.add(standard("string", (v, m) -> v[0], STRING));
    all.add(standard("string", (v, m) -> String.valueOf(v[0]), INT));
    all.add(standard("string", (v, m) -> String.valueOf(v[0]), UINT));
    all.add(standard("string", (v, m) -> String.valueOf(v[0]), BOOL));
    all.add(standard("string", (v, m) -> Texts.of(d(v, 0)), DOUBLE));
    all.add(standard("string", (v, m) -> Texts.of((Instant) v[0]), TIMESTAMP));
    all.add(standard("string", (v, m) -> Texts.of((Duration) v[0]), DURATION));
    all.add(standard("string", StandardFunctions::decoded, BYTES));
    all.add(standard("bytes", (v, m) -> v[0], BYTES));
    all.add(standard("bytes", StandardFunctions::encoded, STRING));
    all.add(standard("timestamp", (v, m) -> v[0], TIMESTAMP));
    all.add(standard("timestamp", read(Texts::timestamp), STRING));
    all.add(standard("timestamp", (v, m) -> Texts.inRange(Instant.ofEpochSecond(l(v, 0))), INT));
    all.add(standard("duration", (v, m) -> v[0], DURATION));
    all.add(standard("duration", read(Texts::duration), STRING));
  }

  /// What reads a text, which pays for its length.
  private static Overload.Body read(Function<String, Object> reader) {
    return (v, m) -> {
      m.payText(s(v, 0).length());
      return reader.apply(s(v, 0));
    };
  }

  private static Object decoded(Object[] v, Meter meter) {
    byte[] bytes = ((CelByteString) v[0]).toByteArray();
    meter.payText(bytes.length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CelException("invalid UTF-8 in bytes, cannot convert to string");
    }
  }

  private static Object encoded(Object[] v, Meter meter) {
    String text = (String) v[0];
    meter.payText(text.length());
    return CelByteString.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void texts(List<Overload> all) {
    all.add(standard("_+_", StandardFunctions::joined, STRING, STRING));
    all.add(standard("_+_", StandardFunctions::joinedBytes, BYTES, BYTES));
    all.add(
        standard(
            "contains",
            (v, m) -> {
              m.payMatch(s(v, 0).length(), 1 + s(v, 1).length() / 10);
              return s(v, 0).contains(s(v, 1));
            },
            STRING,
            STRING));
    all.add(
        standard(
            "startsWith",
            (v, m) -> {
              m.payText(s(v, 1).length());
              return s(v, 0).startsWith(s(v, 1));
            },
            STRING,
            STRING));
    all.add(
        standard(
            "endsWith",
            (v, m) -> {
              m.payText(s(v, 1).length());
              return s(v, 0).endsWith(s(v, 1));
            },
            STRING,
            STRING));
    all.add(
        standard("matches", (v, m) -> Regexes.matcher(s(v, 1), s(v, 0), m).find(), STRING, STRING));
  }

  private static Object joined(Object[] v, Meter meter) {
    meter.payText((long) s(v, 0).length() + s(v, 1).length());
    return s(v, 0) + s(v, 1);
  }

  private static Object joinedBytes(Object[] v, Meter meter) {
    var a = (CelByteString) v[0];
    var b = (CelByteString) v[1];
    meter.payText((long) a.size() + b.size());
    return a.concat(b);
  }

  @FunctionalInterface
  private interface Exact {
    long compute();
  }

  private static Object exact(Exact computation) {
    try {
      return computation.compute();
    } catch (ArithmeticException e) {
      throw new CelException("integer overflow");
    }
  }

  private static long divisor(long divisor, String problem) {
    if (divisor == 0) {
      throw new CelException(problem);
    }
    return divisor;
  }

  private static BigInteger divisor(BigInteger divisor, String problem) {
    if (divisor.signum() == 0) {
      throw new CelException(problem);
    }
    return divisor;
  }

  private static UnsignedLong unsigned(BigInteger value) {
    if (value.signum() < 0 || value.compareTo(MAX_UNSIGNED) > 0) {
      throw new CelException("unsigned integer overflow");
    }
    return UnsignedLong.valueOf(value);
  }

  private static UnsignedLong unsigned(double value) {
    if (Double.isNaN(value) || value < 0 || value >= 0x1p64) {
      throw new CelException("unsigned integer overflow");
    }
    return unsigned(new java.math.BigDecimal(value).toBigInteger());
  }

  private static UnsignedLong unsigned(String text) {
    try {
      return UnsignedLong.valueOf(text);
    } catch (NumberFormatException e) {
      throw new CelException("invalid uint " + Texts.quoted(text));
    }
  }

  private static long integer(BigInteger value) {
    if (value.bitLength() > 63) {
      throw new CelException("integer overflow");
    }
    return value.longValue();
  }

  private static long integer(double value) {
    if (Double.isNaN(value) || value <= -0x1p63 || value >= 0x1p63) {
      throw new CelException("integer overflow");
    }
    return (long) value;
  }

  private static long integer(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CelException(
          "strconv.ParseInt: parsing " + Texts.quoted(text) + ": invalid syntax");
    }
  }

  private static double decimal(String text) {
    // Neither hexadecimal digits nor Java's suffixes.
    if (text.length() <= 400
        && text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
      return Double.parseDouble(text);
    }
    return switch (text) {
      case "Inf", "+Inf", "Infinity", "inf" -> Double.POSITIVE_INFINITY;
      case "-Inf", "-Infinity", "-inf" -> Double.NEGATIVE_INFINITY;
      case "NaN" -> Double.NaN;
      default ->
          throw new CelException(
              "strconv.ParseFloat: parsing " + Texts.quoted(text) + ": invalid syntax");
    };
  }

  private static boolean bool(String text) {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw new CelException("invalid bool " + Texts.quoted(text));
    };
  }

  private static long l(Object[] v, int i) {
    return (Long) v[i];
  }

  private static BigInteger u(Object[] v, int i) {
    return ((UnsignedLong) v[i]).bigIntegerValue();
  }

  private static double d(Object[] v, int i) {
    return (Double) v[i];
  }

  private static String s(Object[] v, int i) {
    return (String) v[i];
  }
}
