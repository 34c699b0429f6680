package io.croft.app.command;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Spans of time as options write them: `90s`, `30m`, `1h`, `7d`.
final class ShortDuration implements ITypeConverter<Duration> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})([smhd])");
  private static final Duration MAX = Duration.ofDays(365);

  @Override
  public Duration convert(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new TypeConversionException("expected a time such as 90s, 30m, 1h or 7d, got " + text);
    }
    long count = Long.parseLong(parts.group(1));
    Duration time =
        switch (parts.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        };
    if (time.isZero() || time.compareTo(MAX) > 0) {
      throw new TypeConversionException("expected a time from 1s to 365d, got " + text);
    }
    return time;
  }
}
