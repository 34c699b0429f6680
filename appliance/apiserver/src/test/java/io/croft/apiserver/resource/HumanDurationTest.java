package io.croft.apiserver.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HumanDurationTest {
  @ParameterizedTest
  @CsvSource({
    "PT-5S, <invalid>", "PT0S, 0s", "PT119S, 119s", "PT2M, 2m", "PT4M10S, 4m10s", "PT10M5S, 10m",
    "PT179M, 179m", "PT3H, 3h", "PT3H5M, 3h5m", "PT8H30M, 8h", "PT47H, 47h", "PT48H, 2d",
    "PT50H, 2d2h", "P8D, 8d", "P729D, 729d", "P730D, 2y", "P770D, 2y40d", "P3000D, 8y"
  })
  void showsTwoUnitsAtMost(Duration duration, String text) {
    assertThat(HumanDuration.format(duration)).isEqualTo(text);
  }
}
