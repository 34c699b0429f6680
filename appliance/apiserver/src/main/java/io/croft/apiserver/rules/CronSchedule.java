package io.croft.apiserver.rules;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The form of cron schedules, as robfig/cron reads them: five fields of numbers, names, ranges,
/// steps and lists, or a word such as `@daily`.
final class CronSchedule {
  private static final Set<String> WORDS =
      Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

  /// What one field may hold.
  private record Bounds(int least, int most, List<String> names) {}

  private static final List<Bounds> FIELDS =
      List.of(
          new Bounds(0, 59, List.of()),
          new Bounds(0, 23, List.of()),
          new Bounds(1, 31, List.of()),
          new Bounds(1, 12, MONTHS),
          new Bounds(0, 6, DAYS));

  /// Longer ones are not read: real ones have some twenty characters.
  private static final int MAX_LENGTH = 1000;

  private CronSchedule() {}

  /// What is wrong with a schedule; empty when nothing is.
  static String problem(String schedule) {
    if (schedule.length() > MAX_LENGTH) {
      return "must be no more than " + MAX_LENGTH + " characters";
    }
    if (schedule.startsWith("@")) {
      return word(schedule);
    }
    List<String> fields = List.of(schedule.strip().split("\\s+"));
    if (fields.size() != FIELDS.size()) {
      return "expected exactly 5 fields, found "
          + fields.size()
          + ": ["
          + String.join(" ", fields)
          + "]";
    }
    for (int i = 0; i < fields.size(); i++) {
      for (String part : fields.get(i).split(",", -1)) {
        String wrong = part(part, FIELDS.get(i));
        if (!wrong.isEmpty()) {
          return wrong;
        }
      }
    }
    return "";
  }

  private static String word(String schedule) {
    boolean every = schedule.matches("@every ([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+");
    return every || WORDS.contains(schedule) ? "" : "unrecognized descriptor: " + schedule;
  }

  private static String part(String part, Bounds bounds) {
    String[] rangeAndStep = part.split("/", -1);
    if (rangeAndStep.length > 2) {
      return "too many slashes: " + part;
    }
    String[] ends = rangeAndStep[0].split("-", -1);
    if (ends.length > 2) {
      return "too many hyphens: " + part;
    }
    if (rangeAndStep.length == 2 && !rangeAndStep[1].matches("[0-9]{1,9}")) {
      return "failed to parse int from " + rangeAndStep[1] + ": " + part;
    }
    if (rangeAndStep.length == 2 && Integer.parseInt(rangeAndStep[1]) == 0) {
      return "step of range should be a positive number: " + part;
    }
    if (ends.length == 1 && (ends[0].equals("*") || ends[0].equals("?"))) {
      return "";
    }
    int[] numbers = new int[ends.length];
    for (int i = 0; i < ends.length; i++) {
      numbers[i] = number(ends[i], bounds);
      if (numbers[i] < 0) {
        return "failed to parse int from " + ends[i] + ": " + part;
      }
      if (numbers[i] < bounds.least()) {
        return "beginning of range ("
            + numbers[i]
            + ") below minimum ("
            + bounds.least()
            + "): "
            + part;
      }
      if (numbers[i] > bounds.most()) {
        return "end of range (" + numbers[i] + ") above maximum (" + bounds.most() + "): " + part;
      }
    }
    return numbers.length == 2 && numbers[0] > numbers[1]
        ? "beginning of range ("
            + numbers[0]
            + ") beyond end of range ("
            + numbers[1]
            + "): "
            + part
        : "";
  }

  /// -1 when it is none.
  private static int number(String text, Bounds bounds) {
    int named = bounds.names().indexOf(text.toLowerCase(Locale.ROOT));
    if (named >= 0) {
      return named + bounds.least();
    }
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
  }
}
