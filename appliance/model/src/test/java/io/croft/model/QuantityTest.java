package io.croft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0Gi,0",
    "1,1",
    "+1,1",
    "-1,-1",
    ".5,500m",
    "0.5,500m",
    "500m,500m",
    "1500m,1500m",
    "2000m,2",
    "1000,1k",
    "1k,1k",
    "1500,1500",
    "100000,100k",
    "1.5G,1500M",
    "1Ki,1Ki",
    "1024Ki,1Mi",
    "1.5Gi,1536Mi",
    "1536,1536",
    "1023Ki,1023Ki",
    "0.5Ki,512",
    "0.5Mi,512Ki",
    "1e3,1e3",
    "1E3,1e3",
    "1500e-3,1500e-3",
    "5e0,5",
    "1E,1E",
    "1Ei,1Ei",
    "1n,1n",
    "0.1n,1n",
    "-0.1n,-1n",
    "100E,9223372036854775807",
    "12345678901234567890,9223372036854775807"
  })
  void writesTheCanonicalText(String text, String canonical) {
    assertThat(Quantity.parse(text)).hasToString(canonical);
    assertThat(Quantity.parse(canonical)).isEqualTo(Quantity.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "1.2.3", ".", "1 Gi", "1gi", "1K", "1mi", "1e", "1e1000", "--1", "1Gi1"})
  void refusesWhatIsNoQuantity(String text) {
    assertThatThrownBy(() -> Quantity.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesOverlongText() {
    assertThatThrownBy(() -> Quantity.parse("1".repeat(10_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void comparesAmountsWhateverTheirForm() {
    assertThat(Quantity.parse("1Gi")).isGreaterThan(Quantity.parse("1G"));
    assertThat(Quantity.parse("1000m")).isEqualTo(Quantity.parse("1"));
    assertThat(Quantity.parse("1000m")).hasSameHashCodeAs(Quantity.parse("1"));
  }

  @Test
  void addsInTheFormOfTheFirst() {
    assertThat(Quantity.parse("1Gi").add(Quantity.parse("1Gi"))).hasToString("2Gi");
    assertThat(Quantity.parse("500m").add(Quantity.parse("1"))).hasToString("1500m");
    assertThat(Quantity.ZERO.add(Quantity.parse("1Mi"))).hasToString("1Mi");
    assertThat(Quantity.parse("1").subtract(Quantity.parse("250m"))).hasToString("750m");
  }

  @RepeatedTest(200)
  void keepsTheAmountThroughItsText(RepetitionInfo repetition) {
    var random = new Random(repetition.getCurrentRepetition());
    String[] suffixes = {"", "m", "u", "n", "k", "M", "Ki", "Mi", "Gi", "e3", "e-3"};
    String text = random.nextInt(1_000_000) + suffixes[random.nextInt(suffixes.length)];
    Quantity quantity = Quantity.parse(text);
    assertThat(Quantity.parse(quantity.toString())).isEqualTo(quantity);
    assertThat(Quantity.parse(quantity.toString())).hasToString(quantity.toString());
  }
}
