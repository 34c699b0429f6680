package io.croft.certificates.acme;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.Yaml;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("CM-30")
class SolverChoiceTest {
  private static final String BOTH = "[{type: http-01, token: h}, {type: dns-01, token: d}]";

  private static JsonNode yaml(String text) throws Exception {
    return Yaml.parse(("v: " + text).getBytes(StandardCharsets.UTF_8)).path("v");
  }

  private static String chosen(String solvers, String name, String challenges) throws Exception {
    return SolverChoice.choose(
            yaml(solvers), Map.of("team", "garden", "tier", "web"), name, yaml(challenges))
        .map(c -> c.solver().path("n").asText() + c.challenge().path("token").asText())
        .orElse("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "a.example.test; 3h", // the name before the zone
        "b.example.test; 5h", // the longest zone
        "b.b.example.test; 5h",
        "c.example.test; 4h",
        "example.test; 4h",
        "c.EXAMPLE.test; 4h",
        "other.test; 7h", // more labels
        "xb.example.test; 4h"
      })
  void prefersTheMostSpecific(String name, String expected) throws Exception {
    String solvers =
        """
        [{n: 1, http01: {}}, {n: 2, selector: {}, http01: {}},
         {n: 3, selector: {dnsNames: [a.example.test]}, http01: {}},
         {n: 4, selector: {dnsZones: [example.test]}, http01: {}},
         {n: 5, selector: {dnsZones: [b.example.test]}, http01: {}},
         {n: 6, selector: {matchLabels: {team: garden}}, http01: {}},
         {n: 7, selector: {matchLabels: {team: garden, tier: web}}, http01: {}},
         {n: 8, selector: {matchLabels: {team: kitchen, tier: web, x: y}}, http01: {}}]
        """;
    assertThat(chosen(solvers, name, BOTH)).isEqualTo(expected);
  }

  @Test
  void takesTheFirstOfEquals() throws Exception {
    assertThat(chosen("[{n: 1, http01: {}}, {n: 2, dns01: {}}]", "a.test", BOTH)).isEqualTo("1h");
    assertThat(
            chosen(
                "[{n: 1, selector: {dnsZones: [test]}, dns01: {}},"
                    + " {n: 2, selector: {dnsZones: [test]}, http01: {}}]",
                "a.test",
                BOTH))
        .isEqualTo("1d");
  }

  @Test
  void takesOnlyWhatTheServerOffers() throws Exception {
    String solvers = "[{n: 1, http01: {}}, {n: 2, dns01: {}}]";
    assertThat(chosen(solvers, "*.a.test", "[{type: dns-01, token: d}]")).isEqualTo("2d");
    assertThat(chosen(solvers, "a.test", "[{type: odd-01, token: o}]")).isEqualTo("none");
    assertThat(chosen("[{n: 1, selector: {dnsNames: [b.test]}, http01: {}}]", "a.test", BOTH))
        .isEqualTo("none");
  }
}
