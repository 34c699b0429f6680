package io.croft.apiserver.resource;

import java.time.Duration;

/// Durations in few characters, as Kubernetes' tables show them: two units at most, the finer one
/// only while it matters (`95s`, `4m10s`, `3h5m`, `6d2h`, `2y40d`).
public final class HumanDuration {
  private HumanDuration() {}

  public static String format(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = seconds / 60;
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    long hours = minutes / 60;
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    if (hours < 192) {
      return two(hours / 24, "d", hours % 24, "h");
    }
    long days = hours / 24;
    if (days < 730) {
      return days + "d";
    }
    return days < 2920 ? two(days / 365, "y", days % 365, "d") : days / 365 + "y";
  }

  private static String two(long coarse, String coarseUnit, long fine, String fineUnit) {
    return fine == 0 ? coarse + coarseUnit : coarse + coarseUnit + fine + fineUnit;
  }
}
