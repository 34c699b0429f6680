package io.croft.base;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A cron schedule as robfig/cron, which Kubernetes uses, reads it: five fields of numbers, names,
/// ranges, steps and lists, or a word such as `@daily` or `@every 90m`. Immutable.
public final class CronSchedule {
  private static final Map<String, String> WORDS =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
  private static final Pattern EVERY =
      Pattern.compile("@every ((?:[0-9]+(?:\\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+)");
  private static final Pattern PERIOD =
      Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");
  private static final Map<String, Double> SECONDS =
      Map.of("ns", 1e-9, "us", 1e-6, "µs", 1e-6, "ms", 1e-3, "s", 1.0, "m", 60.0, "h", 3600.0);

  /// Longer ones are not read: real ones have some twenty characters.
  private static final int MAX_LENGTH = 1000;

  /// A schedule that has no time for so long, such as the 30th of February, has none.
  private static final int MAX_YEARS = 5;

  /// What one field may hold.
  private record Bounds(int least, int most, List<String> names) {}

  private static final List<Bounds> FIELDS =
      List.of(
          new Bounds(0, 59, List.of()),
          new Bounds(0, 23, List.of()),
          new Bounds(1, 31, List.of()),
          new Bounds(1, 12, MONTHS),
          new Bounds(0, 6, DAYS));

  /// The numbers that a field allows.
  ///
  /// @param any whether it is a star
  private record Field(long bits, boolean any) {
    boolean has(int number) {
      return (bits >> number & 1) == 1;
    }
  }

  private final List<Field> fields;
  private final Duration period;

  /// @param period instead of fields; zero for none
  private CronSchedule(List<Field> fields, Duration period) {
    this.fields = fields;
    this.period = period;
  }

  /// @throws IllegalArgumentException saying what is wrong
  public static CronSchedule parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("must be no more than " + MAX_LENGTH + " characters");
    }
    Matcher every = EVERY.matcher(text);
    if (every.matches()) {
      return new CronSchedule(List.of(), period(every.group(1)));
    }
    String numbers = text.startsWith("@") ? WORDS.get(text) : text;
    if (numbers == null) {
      throw new IllegalArgumentException("unrecognized descriptor: " + text);
    }
    List<String> parts = List.of(numbers.strip().split("\\s+"));
    if (parts.size() != FIELDS.size()) {
      throw new IllegalArgumentException(
          "expected exactly 5 fields, found %d: [%s]"
              .formatted(parts.size(), String.join(" ", parts)));
    }
    var fields = new Field[FIELDS.size()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = field(parts.get(i), FIELDS.get(i));
    }
    return new CronSchedule(List.of(fields), Duration.ZERO);
  }

  /// In whole seconds, at least one.
  private static Duration period(String text) {
    double seconds = 0;
    Matcher part = PERIOD.matcher(text);
    while (part.find()) {
      seconds += Double.parseDouble(part.group(1)) * SECONDS.getOrDefault(part.group(2), 0.0);
    }
    return Duration.ofSeconds(Math.clamp((long) seconds, 1, Integer.MAX_VALUE));
  }

  private static Field field(String text, Bounds bounds) {
    long bits = 0;
    boolean any = false;
    for (String part : text.split(",", -1)) {
      Field read = part(part, bounds);
      bits |= read.bits();
      any |= read.any();
    }
    return new Field(bits, any);
  }

  private static Field part(String part, Bounds bounds) {
    String[] rangeAndStep = part.split("/", -1);
    check(rangeAndStep.length <= 2, "too many slashes: " + part);
    String[] ends = rangeAndStep[0].split("-", -1);
    check(ends.length <= 2, "too many hyphens: " + part);
    int step = rangeAndStep.length == 2 ? step(rangeAndStep[1], part) : 1;
    boolean star = ends.length == 1 && (ends[0].equals("*") || ends[0].equals("?"));
    int first = star ? bounds.least() : number(ends[0], bounds, part);
    int last = bounds.most();
    if (ends.length == 2) {
      last = number(ends[1], bounds, part);
      check(
          first <= last,
          "beginning of range (%d) beyond end of range (%d): %s".formatted(first, last, part));
    } else if (!star && rangeAndStep.length == 1) {
      last = first;
    }
    long bits = 0;
    for (long number = first; number <= last; number += step) {
      bits |= 1L << number;
    }
    return new Field(bits, star && step == 1);
  }

  private static int step(String text, String part) {
    check(text.matches("[0-9]{1,9}"), "failed to parse int from " + text + ": " + part);
    int step = Integer.parseInt(text);
    check(step > 0, "step of range should be a positive number: " + part);
    return step;
  }

  private static int number(String text, Bounds bounds, String part) {
    int named = bounds.names().indexOf(text.toLowerCase(Locale.ROOT));
    if (named >= 0) {
      return named + bounds.least();
    }
    check(text.matches("[0-9]{1,9}"), "failed to parse int from " + text + ": " + part);
    int number = Integer.parseInt(text);
    check(
        number >= bounds.least(),
        "beginning of range (%d) below minimum (%d): %s".formatted(number, bounds.least(), part));
    check(
        number <= bounds.most(),
        "end of range (%d) above maximum (%d): %s".formatted(number, bounds.most(), part));
    return number;
  }

  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }

  /// The first time after another; empty when there is none within five years.
  ///
  /// @param zone whose clocks the fields are about
  public Optional<Instant> next(Instant after, ZoneId zone) {
    if (!period.isZero()) {
      return Optional.of(after.plus(period).truncatedTo(ChronoUnit.SECONDS));
    }
    ZonedDateTime time = after.atZone(zone).truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
    int lastYear = time.getYear() + MAX_YEARS;
    while (time.getYear() <= lastYear) {
      ZonedDateTime next = skip(time);
      if (next.equals(time)) {
        return Optional.of(time.toInstant());
      }
      time = next;
    }
    return Optional.empty();
  }

  /// The same time if it is one of the schedule, otherwise a later one with nothing between them.
  private ZonedDateTime skip(ZonedDateTime time) {
    if (!fields.get(3).has(time.getMonthValue())) {
      return time.toLocalDate().withDayOfMonth(1).plusMonths(1).atStartOfDay(time.getZone());
    }
    if (!isDay(time)) {
      return time.toLocalDate().plusDays(1).atStartOfDay(time.getZone());
    }
    // By minutes, as a zone may have moved its clocks by less than an hour.
    if (!fields.get(1).has(time.getHour())) {
      return time.plusMinutes(60L - time.getMinute());
    }
    return fields.get(0).has(time.getMinute()) ? time : time.plusMinutes(1);
  }

  /// When both days are restricted, one is enough.
  private boolean isDay(ZonedDateTime time) {
    boolean ofMonth = fields.get(2).has(time.getDayOfMonth());
    boolean ofWeek = fields.get(4).has(time.getDayOfWeek().getValue() % 7);
    boolean either = !fields.get(2).any() && !fields.get(4).any();
    return either ? ofMonth || ofWeek : ofMonth && ofWeek;
  }
}
