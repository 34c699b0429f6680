package io.croft.app.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.app.runtime.PkiSettings;
import io.croft.model.Json;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// What the gateway has to do at the moment, and until when it can prove who it is.
///
/// @param routes empty while the engine that has them does not answer: how all the rest is must be
///   told then, too
/// @param certificateEnds when the gateway's own certificate does
record GatewaySummary(
    long connections,
    long requests,
    long watches,
    Optional<Routes> routes,
    Instant certificateEnds) {
  private static final String ROUTES = "/apis/gateway.networking.k8s.io/v1/httproutes";
  private static final String INGRESSES = "/apis/networking.k8s.io/v1/ingresses";

  /// @param all HTTPRoutes and Ingresses
  /// @param refused of the HTTPRoutes those that are not accepted
  record Routes(int all, int refused) {
    private static Optional<Routes> read(ApplianceClient client) throws InterruptedException {
      try {
        JsonNode routes = client.read(ROUTES).path("items");
        int refused =
            (int)
                StreamSupport.stream(routes.spliterator(), false).filter(r -> !accepted(r)).count();
        int all = routes.size() + client.read(INGRESSES).path("items").size();
        return Optional.of(new Routes(all, refused));
      } catch (IOException e) {
        return Optional.empty();
      }
    }

    private String text() {
      return refused == 0 ? Integer.toString(all) : "%d (%d not accepted)".formatted(all, refused);
    }
  }

  static GatewaySummary read(ApplianceClient client, Configuration configuration)
      throws IOException, InterruptedException, PkiException {
    var text = new ByteArrayOutputStream();
    client.download("/metrics", text);
    String metrics = text.toString(StandardCharsets.UTF_8);
    Pki pki =
        Pki.read(
            PkiDirectory.existing(configuration),
            PkiSettings.config(configuration.settings()),
            InstantSource.system());
    return new GatewaySummary(
        metric(metrics, "croft_gateway_connections "),
        metric(metrics, "croft_gateway_requests{kind=\"short\"} "),
        metric(metrics, "croft_gateway_requests{kind=\"long\"} "),
        Routes.read(client),
        pki.server().leaf().getNotAfter().toInstant());
  }

  private static boolean accepted(JsonNode route) {
    for (JsonNode parent : route.at("/status/parents")) {
      for (JsonNode condition : parent.path("conditions")) {
        if (condition.path("type").asText().equals("Accepted")
            && condition.path("status").asText().equals("True")) {
          return true;
        }
      }
    }
    return false;
  }

  /// 0 when there is no such value.
  private static long metric(String metrics, String start) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(start.length())))
        .findFirst()
        .orElse(0);
  }

  String text() {
    return "connections %d, requests %d, watches %d; routes %s; certificate until %s"
        .formatted(
            connections,
            requests,
            watches,
            routes.map(Routes::text).orElse("unknown, the engine does not answer"),
            certificateEnds);
  }

  ObjectNode json() {
    ObjectNode json =
        Json.object()
            .put("connections", connections)
            .put("requests", requests)
            .put("watches", watches)
            .put("certificateNotAfter", certificateEnds.toString());
    routes.ifPresent(
        known -> json.put("routes", known.all()).put("routesNotAccepted", known.refused()));
    return json;
  }
}
