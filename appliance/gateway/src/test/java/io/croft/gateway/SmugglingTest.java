package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests that two readers would read in two ways, byte by byte over TLS: each is refused, or
/// reaches the service behind the gateway as the one request that it is.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SmugglingTest {
  /// Follows what must pass: its answer shows that both sides agree on where that ended.
  private static final String SENTINEL =
      "GET /sentinel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

  private final RecordingUpstream upstream = new RecordingUpstream();
  private final RoutedGateway gateway =
      new RoutedGateway()
          .with("/up", RoutedGateway.route(RoutedGateway.ANYBODY, upstream.endpoint()));

  SmugglingTest() throws IOException {}

  @AfterAll
  void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  @BeforeEach
  void forget() {
    upstream.asked.clear();
    upstream.problems.clear();
  }

  static List<SmugglingCase> http1() {
    return SmugglingCase.read("smuggling-http1.txt");
  }

  static List<SmugglingCase> http2() {
    return SmugglingCase.read("smuggling-http2.txt");
  }

  @Test
  void hasMoreThanTwoHundredCasesWithNamesOfTheirOwn() {
    var names = new HashSet<String>();
    http1().forEach(c -> assertThat(names.add("1 " + c.name())).as(c.name()).isTrue());
    http2().forEach(c -> assertThat(names.add("2 " + c.name())).as(c.name()).isTrue());
    assertThat(names).hasSizeGreaterThan(200);
  }

  @ParameterizedTest
  @MethodSource("http1")
  void doesAsSaidWithHttp1(SmugglingCase sent) throws IOException {
    String said;
    try (var raw = gateway.running.raw()) {
      said = raw.send(sent.bytes()).send(SENTINEL).rest();
    }

    List<String> statuses = statuses(said);
    sent.check(upstream);
    switch (sent.expectation().getFirst()) {
      case "up" -> assertThat(statuses).as(said).isIn(List.of("200"), List.of("200", "401"));
      case "api" ->
          assertThat(statuses).as(said).isEqualTo(List.of(sent.expectation().get(1), "401"));
      default -> assertThat(statuses).as(said).isEqualTo(sent.expectation());
    }
  }

  private static List<String> statuses(String said) {
    var statuses = new ArrayList<String>();
    var found = STATUS.matcher(said);
    while (found.find()) {
      statuses.add(found.group(1));
    }
    return statuses;
  }

  /// The names and values of a case over HTTP/2.
  static List<byte[]> fields(String text) {
    var fields = new ArrayList<byte[]>();
    for (String field : text.split("\\|", -1)) {
      if (field.startsWith("@")) {
        String[] start = field.substring(1).split(" ", 2);
        RawHttp2.head(fields, start[0], start[1]);
      } else {
        int equals = field.indexOf('=', 1);
        fields.add(SmugglingCase.unescape(field.substring(0, equals)));
        fields.add(SmugglingCase.unescape(field.substring(equals + 1)));
      }
    }
    return fields;
  }

  @ParameterizedTest
  @MethodSource("http2")
  void doesAsSaidWithHttp2(SmugglingCase sent) throws IOException {
    String[] parts = sent.text().split(" >> ", 2);
    String outcome;
    try (var raw = new RawHttp2(gateway.running.port())) {
      raw.headers(1, RawHttp2.block(fields(parts[0])), parts.length == 1);
      if (parts.length == 2) {
        raw.data(1, parts[1].getBytes(StandardCharsets.ISO_8859_1), true);
      }
      outcome = raw.outcome(1);
    }

    sent.check(upstream);
    switch (sent.expectation().getFirst()) {
      case "up" -> assertThat(outcome).isEqualTo("200");
      case "api" -> assertThat(outcome).isEqualTo(sent.expectation().get(1));
      default -> assertThat(outcome + " ").startsWith(String.join(" ", sent.expectation()) + " ");
    }
  }
}
