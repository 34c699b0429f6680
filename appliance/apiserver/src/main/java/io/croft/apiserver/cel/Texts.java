package io.croft.apiserver.cel;

import dev.cel.common.values.CelByteString;
import io.croft.model.Quoted;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Values that are written as text: times, durations, bytes, numbers.
final class Texts {
  /// Longest text of a time or a duration.
  private static final int MAX_LENGTH = 128;

  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private static final Pattern AMOUNT =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)( ?)([a-zµμ]+)");
  private static final BigDecimal SECOND = BigDecimal.valueOf(1_000_000_000);

  /// In nanoseconds, as Go's durations are written.
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "ns", BigDecimal.ONE,
          "us", BigDecimal.valueOf(1000),
          "µs", BigDecimal.valueOf(1000),
          "μs", BigDecimal.valueOf(1000),
          "ms", BigDecimal.valueOf(1_000_000),
          "s", SECOND,
          "m", SECOND.multiply(BigDecimal.valueOf(60)),
          "h", SECOND.multiply(BigDecimal.valueOf(3600)));

  private static final BigDecimal DAY = SECOND.multiply(BigDecimal.valueOf(86_400));

  private Texts() {}

  static CelByteString bytes(String base64) {
    try {
      return CelByteString.of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw new CelException("byte format string decode error");
    }
  }

  /// RFC 3339.
  static Instant timestamp(String text) {
    if (text.length() > MAX_LENGTH
        || !text.matches(".{10}[Tt].{8}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")) {
      throw badTime(text);
    }
    try {
      return inRange(OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant());
    } catch (DateTimeException e) {
      throw badTime(text);
    }
  }

  private static CelException badTime(String text) {
    return new CelException("invalid timestamp " + quoted(text));
  }

  static Instant date(String text) {
    try {
      return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw new CelException("invalid date " + quoted(text));
    }
  }

  static Instant inRange(Instant time) {
    if (time.isBefore(FIRST) || time.isAfter(LAST)) {
      throw new CelException("timestamp overflow");
    }
    return time;
  }

  static Duration inRange(Duration duration) {
    if (duration.compareTo(LONGEST) > 0 || duration.compareTo(LONGEST.negated()) < 0) {
      throw new CelException("duration overflow");
    }
    return duration;
  }

  /// Go's notation: `1h30m`, `-1.5s`, `0`.
  static Duration duration(String text) {
    return duration(text, false);
  }

  /// As the format `duration` of a schema allows it: also days and weeks, names in full, blanks.
  static Duration looseDuration(String text) {
    return duration(text, true);
  }

  private static Duration duration(String text, boolean loose) {
    String amount = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (amount.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = AMOUNT.matcher(amount);
    BigDecimal nanos = BigDecimal.ZERO;
    int at = 0;
    while (at < amount.length() && text.length() <= MAX_LENGTH) {
      part.region(at, amount.length());
      BigDecimal unit = part.lookingAt() ? unit(part.group(3), loose) : null;
      if (unit == null || (!loose && !part.group(2).isEmpty())) {
        throw badDuration(text);
      }
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
      at = part.end();
      while (loose && at < amount.length() && amount.charAt(at) == ' ') {
        at++;
      }
    }
    if (amount.isEmpty() || at < amount.length()) {
      throw badDuration(text);
    }
    BigDecimal[] seconds = nanos.setScale(0, RoundingMode.DOWN).divideAndRemainder(SECOND);
    if (seconds[0].compareTo(BigDecimal.valueOf(LONGEST.toSeconds())) > 0) {
      throw new CelException("duration overflow");
    }
    Duration duration = Duration.ofSeconds(seconds[0].longValue(), seconds[1].longValue());
    return inRange(text.startsWith("-") ? duration.negated() : duration);
  }

  private static @Nullable BigDecimal unit(String name, boolean loose) {
    BigDecimal unit = UNITS.get(name);
    if (unit != null || !loose) {
      return unit;
    }
    String singular = name.endsWith("s") ? name.substring(0, name.length() - 1) : name;
    return switch (singular) {
      case "nano", "nanosecond" -> UNITS.get("ns");
      case "micro", "microsecond" -> UNITS.get("us");
      case "milli", "millisecond" -> UNITS.get("ms");
      case "sec", "second" -> UNITS.get("s");
      case "min", "minute" -> UNITS.get("m");
      case "hr", "hour" -> UNITS.get("h");
      case "d", "day" -> DAY;
      case "w", "week" -> DAY.multiply(BigDecimal.valueOf(7));
      default -> null;
    };
  }

  private static CelException badDuration(String text) {
    return new CelException("time: invalid duration " + quoted(text));
  }

  static String of(Instant time) {
    return DateTimeFormatter.ISO_INSTANT.format(time);
  }

  /// In seconds, as CEL writes it: `5400s`, `0.5s`.
  static String of(Duration duration) {
    BigDecimal seconds =
        BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
    BigDecimal plain = seconds.signum() == 0 ? BigDecimal.ZERO : seconds.stripTrailingZeros();
    return plain.toPlainString() + "s";
  }

  /// As Go's shortest form: `1`, `1.5`, `1e+21`.
  static String of(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "+Inf" : "-Inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 21) {
      return exact.toPlainString();
    }
    String digits = exact.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return (exact.signum() < 0 ? "-" : "")
        + mantissa
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  static String quoted(String text) {
    String shown = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return Quoted.text(shown);
  }
}
