package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.security.UserInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Function;

/// Asks for the certificate of a host in the name of who has proved something: by a certificate
/// signing request like anybody's, which [NodeCertificates] decides about.
final class Enrolment {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int CLOSE = 8;

  private final Function<UserInfo, ApiClient> clients;

  Enrolment(Function<UserInfo, ApiClient> clients) {
    this.clients = clients;
  }

  /// @param token whose proof this is for; empty for the host's own key
  /// @param key the fingerprint of the key to certify
  /// @return the certificate, in PEM
  String certify(String token, String machine, String key, String request) {
    UserInfo user =
        token.isEmpty()
            ? UserInfo.of(
                FleetKinds.NODE_USER + machine, FleetKinds.NODES_GROUP, UserInfo.AUTHENTICATED)
            : UserInfo.of(
                FleetKinds.JOINING_USER + token, FleetKinds.JOINING_GROUP, UserInfo.AUTHENTICATED);
    ApiClient client = clients.apply(user);
    String name = client.create(FleetKinds.SIGNING_REQUESTS, object(machine, key, request)).name();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      JsonNode status = client.get(FleetKinds.SIGNING_REQUESTS, "", name).json().path("status");
      String certificate = status.path("certificate").asText("");
      if (!certificate.isEmpty()) {
        return new String(Base64.getDecoder().decode(certificate), StandardCharsets.UTF_8);
      }
      for (JsonNode condition : status.path("conditions")) {
        String type = condition.path("type").asText("");
        if (!type.equals("Approved")) {
          Refusal refusal = type.equals("Denied") ? Refusal.DENIED : Refusal.UNAVAILABLE;
          throw refusal.because(condition.path("message").asText());
        }
      }
      pause();
    }
    throw Refusal.UNAVAILABLE.because(
        "the certificate was not issued within %d s; try again".formatted(PATIENCE.toSeconds()));
  }

  private static ApiObject object(String machine, String key, String request) {
    ObjectNode json =
        Json.object()
            .put("apiVersion", "certificates.k8s.io/v1")
            .put("kind", "CertificateSigningRequest");
    json.putObject("metadata")
        .put("generateName", "node-%s-%s-".formatted(machine, key.substring(0, CLOSE)));
    ObjectNode spec = json.putObject("spec");
    spec.put("signerName", FleetKinds.SIGNER)
        .put(
            "request",
            Base64.getEncoder().encodeToString(request.getBytes(StandardCharsets.UTF_8)));
    spec.putArray("usages").add("digital signature").add("client auth");
    return ApiObject.of(json);
  }

  private static void pause() {
    try {
      Thread.sleep(POLL);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.UNAVAILABLE.because("interrupted");
    }
  }
}
