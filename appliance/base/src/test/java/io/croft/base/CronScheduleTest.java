package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronScheduleTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          * * * * *          | 2026-01-01T00:00:30Z | 2026-01-01T00:01:00Z
          0 2 * * *          | 2026-01-01T02:00:00Z | 2026-01-02T02:00:00Z
          */15 * * * *       | 2026-01-01T00:44:59Z | 2026-01-01T00:45:00Z
          10/20 * * * *      | 2026-01-01T00:31:00Z | 2026-01-01T00:50:00Z
          0 0 29 2 *         | 2026-01-01T00:00:00Z | 2028-02-29T00:00:00Z
          0 22 * * mon-fri   | 2026-01-02T23:00:00Z | 2026-01-05T22:00:00Z
          0 0 13 * 5         | 2026-01-03T00:00:00Z | 2026-01-09T00:00:00Z
          0 0 13 * *         | 2026-01-03T00:00:00Z | 2026-01-13T00:00:00Z
          0 0 */2 * 5        | 2026-01-03T00:00:00Z | 2026-01-05T00:00:00Z
          5,7 3-4 1 JUL,dec ?| 2026-07-01T03:06:00Z | 2026-07-01T03:07:00Z
          @weekly            | 2026-01-01T00:00:00Z | 2026-01-04T00:00:00Z
          @every 1h30m       | 2026-01-01T00:00:00Z | 2026-01-01T01:30:00Z
          @every 1ms         | 2026-01-01T00:00:00Z | 2026-01-01T00:00:01Z
          """)
  void findsTheNextTime(String schedule, Instant after, Instant next) {
    assertThat(CronSchedule.parse(schedule).next(after, ZoneId.of("UTC"))).contains(next);
  }

  /// In Berlin there was no half past two on 2026-03-29, and there were two on 2026-10-25.
  @ParameterizedTest
  @CsvSource({
    "30 2 * * *,2026-03-28T12:00:00Z,2026-03-30T00:30:00Z",
    "30 2 * * *,2026-10-24T12:00:00Z,2026-10-25T00:30:00Z",
    "0 * * * *,2026-10-25T00:00:00Z,2026-10-25T01:00:00Z"
  })
  void followsTheClocksOfAZone(String schedule, Instant after, Instant next) {
    assertThat(CronSchedule.parse(schedule).next(after, ZoneId.of("Europe/Berlin"))).contains(next);
  }

  @Test
  void findsNoneWhereThereIsNone() {
    assertThat(CronSchedule.parse("0 0 30 2 *").next(Instant.EPOCH, ZoneId.of("UTC"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          * * * *        | expected exactly 5 fields, found 4: [* * * *]
          60 * * * *     | end of range (60) above maximum (59): 60
          * * 0 * *      | beginning of range (0) below minimum (1): 0
          5-3 * * * *    | beginning of range (5) beyond end of range (3): 5-3
          */0 * * * *    | step of range should be a positive number: */0
          1-2-3 * * * *  | too many hyphens: 1-2-3
          1/2/3 * * * *  | too many slashes: 1/2/3
          x * * * *      | failed to parse int from x: x
          @noon          | unrecognized descriptor: @noon
          """)
  void saysWhatIsWrong(String schedule, String problem) {
    assertThatThrownBy(() -> CronSchedule.parse(schedule))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(problem);
  }

  @Test
  void refusesLongOnes() {
    assertThatThrownBy(() -> CronSchedule.parse("*,".repeat(600) + "* * * * *"))
        .hasMessageContaining("1000 characters");
  }
}
