package io.croft.apiserver.cel;

import static io.croft.apiserver.cel.Overload.standard;
import static io.croft.apiserver.cel.Types.DURATION;
import static io.croft.apiserver.cel.Types.STRING;
import static io.croft.apiserver.cel.Types.TIMESTAMP;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// What a time or a duration consists of.
final class TimeFunctions {
  private static final Map<String, ToLongFunction<ZonedDateTime>> PARTS =
      Map.of(
          "getFullYear",
          ZonedDateTime::getYear,
          "getMonth",
          time -> time.getMonthValue() - 1,
          "getDayOfYear",
          time -> time.getDayOfYear() - 1,
          "getDayOfMonth",
          time -> time.getDayOfMonth() - 1,
          "getDate",
          ZonedDateTime::getDayOfMonth,
          "getDayOfWeek",
          time -> time.getDayOfWeek().getValue() % 7,
          "getHours",
          ZonedDateTime::getHour,
          "getMinutes",
          ZonedDateTime::getMinute,
          "getSeconds",
          ZonedDateTime::getSecond,
          "getMilliseconds",
          time -> time.getNano() / 1_000_000);

  /// Longest name of a time zone.
  private static final int MAX_ZONE = 100;

  private TimeFunctions() {}

  static List<Overload> all() {
    var all = new ArrayList<Overload>();
    PARTS.forEach((name, part) -> {
      all.add(
          standard(
              name,
              (v, m) -> part.applyAsLong(((Instant) v[0]).atZone(ZoneOffset.UTC)),
              TIMESTAMP));
      all.add(
          standard(
              name,
              (v, m) -> part.applyAsLong(((Instant) v[0]).atZone(zone((String) v[1]))),
              TIMESTAMP,
              STRING));
    });
    all.add(standard("getHours", (v, m) -> ((Duration) v[0]).toHours(), DURATION));
    all.add(standard("getMinutes", (v, m) -> ((Duration) v[0]).toMinutes(), DURATION));
    all.add(standard("getSeconds", (v, m) -> ((Duration) v[0]).toSeconds(), DURATION));
    all.add(standard("getMilliseconds", (v, m) -> ((Duration) v[0]).toMillis(), DURATION));
    return all;
  }

  /// `Europe/Berlin`, `UTC`, `+01:00`, `01:00`.
  private static ZoneId zone(String name) {
    if (name.length() > MAX_ZONE) {
      throw new CelException("unknown time zone " + Texts.quoted(name));
    }
    try {
      return ZoneId.of(name.matches("[0-9]{2}:[0-9]{2}") ? "+" + name : name);
    } catch (DateTimeException e) {
      throw new CelException("unknown time zone " + Texts.quoted(name));
    }
  }
}
