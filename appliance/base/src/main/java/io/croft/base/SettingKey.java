package io.croft.base;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A setting that exists: its name, how its text is read, what it is when nobody sets it.
///
/// Declared as a constant beside the record that it fills: `static final SettingKey<Duration> DRAIN
/// = SettingKey.duration("croft.gateway.drain", "10s", …)`.
///
/// @param <T> the type of its value
public final class SettingKey<T> {
  private static final Pattern NAME = Pattern.compile("croft(\\.[a-z][a-z0-9-]*)+");
  private static final Pattern DURATION_PART = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Map<String, ChronoUnit> DURATION_UNITS =
      Map.of(
          "ms", ChronoUnit.MILLIS,
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private final String name;
  private final String defaultText;
  private final Function<String, T> reader;
  private final boolean secret;

  private SettingKey(String name, String defaultText, Function<String, T> reader, boolean secret) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not the name of a setting: " + name);
    }
    this.name = name;
    this.defaultText = defaultText;
    this.reader = reader;
    this.secret = secret;
  }

  public static SettingKey<String> string(String name, String defaultText) {
    return new SettingKey<>(name, defaultText, Function.identity(), false);
  }

  /// Text of a form of its own.
  ///
  /// @param reader throws `IllegalArgumentException` whose message says what is expected
  public static <T> SettingKey<T> parsed(
      String name, String defaultText, Function<String, T> reader) {
    return new SettingKey<>(name, defaultText, reader, false);
  }

  /// Text that is never shown.
  public static SettingKey<String> secret(String name) {
    return new SettingKey<>(name, "", Function.identity(), true);
  }

  public static SettingKey<Boolean> flag(String name, boolean defaultValue) {
    return new SettingKey<>(name, String.valueOf(defaultValue), SettingKey::readFlag, false);
  }

  /// A whole number from `min` to `max`.
  public static SettingKey<Integer> integer(String name, int defaultValue, int min, int max) {
    Function<String, Integer> reader = text -> inRange(readInt(text), min, max);
    return new SettingKey<>(name, String.valueOf(defaultValue), reader, false);
  }

  /// A time span from `min` to `max`, written as `500ms`, `10s`, `1h30m` or `7d`.
  public static SettingKey<Duration> duration(
      String name, String defaultText, Duration min, Duration max) {
    return new SettingKey<>(name, defaultText, t -> inRange(readDuration(t), min, max), false);
  }

  /// An amount of data from `min` to `max`, see [DataSize#parse].
  public static SettingKey<DataSize> dataSize(
      String name, String defaultText, DataSize min, DataSize max) {
    return new SettingKey<>(name, defaultText, t -> inRange(DataSize.parse(t), min, max), false);
  }

  /// A path, made absolute.
  public static SettingKey<Path> path(String name, Path defaultValue) {
    return new SettingKey<>(name, defaultValue.toString(), SettingKey::readPath, false);
  }

  /// A place to listen at or to connect to, see [HostPort#parse].
  public static SettingKey<HostPort> hostPort(String name, String defaultText) {
    return new SettingKey<>(name, defaultText, HostPort::parse, false);
  }

  /// One of an enum's constants, written in lower case with `-` for `_`.
  public static <E extends Enum<E>> SettingKey<E> oneOf(
      String name, Class<E> type, E defaultValue) {
    Map<String, E> choices =
        Arrays.stream(type.getEnumConstants())
            .collect(Collectors.toMap(SettingKey::written, Function.identity()));
    Function<String, E> reader =
        text -> {
          E choice = choices.get(text);
          if (choice == null) {
            String all = choices.keySet().stream().sorted().collect(Collectors.joining(", "));
            throw new IllegalArgumentException("expected one of " + all);
          }
          return choice;
        };
    return new SettingKey<>(name, written(defaultValue), reader, false);
  }

  public String name() {
    return name;
  }

  /// The environment variable that sets it: `croft.data-dir` is `CROFT_DATA_DIR`.
  public String environmentVariable() {
    return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  String defaultText() {
    return defaultText;
  }

  boolean isSecret() {
    return secret;
  }

  /// @throws IllegalArgumentException whose message says what is expected
  T read(String text) {
    return reader.apply(text);
  }

  private static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static boolean readFlag(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("expected true or false");
    };
  }

  private static int readInt(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a whole number", e);
    }
  }

  private static Path readPath(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("expected a path");
    }
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected a path: " + e.getReason(), e);
    }
  }

  private static Duration readDuration(String text) {
    Matcher parts = DURATION_PART.matcher(text);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (parts.find() && parts.start() == end) {
      ChronoUnit unit = DURATION_UNITS.getOrDefault(parts.group(2), ChronoUnit.SECONDS);
      sum = sum.plus(Duration.of(Long.parseLong(parts.group(1)), unit));
      end = parts.end();
    }
    if (end == 0 || end != text.length()) {
      throw new IllegalArgumentException("expected a time span such as 500ms, 10s or 1h30m");
    }
    return sum;
  }

  private static <C extends Comparable<C>> C inRange(C value, C min, C max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException("expected " + shown(min) + " to " + shown(max));
    }
    return value;
  }

  private static String shown(Object bound) {
    return bound instanceof Duration d ? shown(d) : bound.toString();
  }

  private static String shown(Duration duration) {
    return duration.isZero()
        ? "0s"
        : duration.toString().replaceFirst("^PT?", "").toLowerCase(Locale.ROOT);
  }
}
