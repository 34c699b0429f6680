package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.gateway.routing.Backend;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where no route may lead, even where routes may lead to this machine.
final class RouteGuardTest {
  private static RawConnection.Answer ask(RoutedGateway gateway, String path, String... fields)
      throws IOException {
    var more = new StringBuilder();
    for (String field : fields) {
      more.append(field).append("\r\n");
    }
    try (var raw = gateway.running.raw()) {
      return raw.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n").answer();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"
      })
  void leadsToNoMetadataService(String address) throws IOException {
    try (var gateway = new RoutedGateway()) {
      gateway.with(
          "/up", RoutedGateway.route(RoutedGateway.ANYBODY, new Backend.Endpoint(address, 80)));

      assertThat(ask(gateway, "/up").status()).isEqualTo(502);
    }
  }

  @Test
  void leadsNotToTheApplianceItself() throws IOException {
    try (var gateway = new RoutedGateway()) {
      var self = new Backend.Endpoint("localhost", gateway.running.port());
      gateway.with("/up", RoutedGateway.route(RoutedGateway.ANYBODY, self));

      assertThat(ask(gateway, "/up").status()).isEqualTo(502);
      assertThat(gateway.events).hasSize(1);
    }
  }

  @Test
  void endsACircle() throws IOException {
    try (var gateway = new RoutedGateway();
        var upstream = new RecordingUpstream()) {
      gateway.with("/up", RoutedGateway.route(RoutedGateway.ANYBODY, upstream.endpoint()));
      assertThat(ask(gateway, "/up", "Via: 1.0 fred").status()).isEqualTo(200);
      String via = upstream.asked.getFirst().all("via").getFirst();
      assertThat(via).matches("1.0 fred, 1.1 croft-[0-9a-f]{16}");

      assertThat(ask(gateway, "/up", "Via: " + via).status()).isEqualTo(508);
      assertThat(upstream.asked).hasSize(1);
    }
  }

  /// Routes for everybody are no blind spot.
  @Test
  void recordsRequestsOfStrangers() throws IOException {
    try (var gateway = new RoutedGateway();
        var upstream = new RecordingUpstream()) {
      gateway.with("/up", RoutedGateway.route(RoutedGateway.ANYBODY, upstream.endpoint()));
      ask(gateway, "/up");

      Eventually.eventually("it is recorded", () -> gateway.events.size() == 1);
      assertThat(gateway.events.getFirst().user()).isNotNull();
    }
  }
}
