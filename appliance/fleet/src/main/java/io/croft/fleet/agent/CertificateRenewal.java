package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.join.JoinRoutes;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.Renewal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the host's certificate good while it runs: asks for another one at two thirds of its life
/// (less some jitter, see [Renewal]), and when the appliance has other authorities.
final class CertificateRenewal {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateRenewal.class);
  private static final Duration LOOK_AT_AUTHORITIES = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);

  private final NodeDirectory directory;
  private final Membership membership;
  private final ApiClient client;
  private final List<ServerConnection> connections;
  private final InstantSource clock;
  private Instant authoritiesSeen = Instant.EPOCH;

  CertificateRenewal(
      NodeDirectory directory,
      Membership membership,
      ApiClient client,
      List<ServerConnection> connections,
      InstantSource clock) {
    this.directory = directory;
    this.membership = membership;
    this.client = client;
    this.connections = List.copyOf(connections);
    this.clock = clock;
  }

  /// Whether the certificate is over, so that the appliance lets it in no more.
  boolean isOver() throws IOException, JoinException {
    Instant end = directory.identity().leaf().getNotAfter().toInstant();
    return !clock.instant().isBefore(end);
  }

  /// Renews what is due.
  void look() throws IOException, InterruptedException, JoinException {
    Instant now = clock.instant();
    boolean others = false;
    if (Duration.between(authoritiesSeen, now).abs().compareTo(LOOK_AT_AUTHORITIES) >= 0) {
      others = takeAuthorities();
      authoritiesSeen = now;
    }
    if (others || !now.isBefore(Renewal.due(directory.identity().leaf()))) {
      renew();
    }
  }

  /// @return whether the appliance has roots that were not known
  private boolean takeAuthorities() throws IOException, InterruptedException, JoinException {
    List<X509Certificate> known = directory.authorities();
    try (var calls = new JoinCalls(membership.server(), new RootTrust(known, clock))) {
      String pem = calls.authorities();
      List<X509Certificate> now = Pem.certificates(pem);
      if (new HashSet<>(now).equals(new HashSet<>(known))) {
        return false;
      }
      directory.writeAuthorities(pem);
      renewConnections();
      LOG.info("the appliance's authorities have changed");
      return true;
    } catch (PkiException | GeneralSecurityException e) {
      throw new IOException("the appliance's authorities cannot be read: " + e.getMessage(), e);
    }
  }

  private void renewConnections() throws IOException, JoinException {
    for (ServerConnection connection : connections) {
      connection.renew();
    }
  }

  private void renew() throws IOException, InterruptedException, JoinException {
    String name = client.create(FleetKinds.SIGNING_REQUESTS, request()).name();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - deadline < 0) {
      JsonNode status = client.get(FleetKinds.SIGNING_REQUESTS, "", name).json().path("status");
      String certificate = status.path("certificate").asText("");
      if (!certificate.isEmpty()) {
        directory.writeCertificate(
            new String(Base64.getDecoder().decode(certificate), StandardCharsets.UTF_8));
        renewConnections();
        LOG.atInfo()
            .addKeyValue("notAfter", directory.identity().leaf().getNotAfter().toInstant())
            .log("the host's certificate is renewed");
        return;
      }
      for (JsonNode condition : status.path("conditions")) {
        if (!condition.path("type").asText().equals("Approved")) {
          throw new IOException(
              "the certificate is not renewed: " + condition.path("message").asText());
        }
      }
      Thread.sleep(POLL);
    }
    throw new IOException("the certificate was not issued within " + PATIENCE.toSeconds() + " s");
  }

  private ApiObject request() throws IOException, JoinException {
    String pem = Joiner.request(directory.key(), membership.name());
    ObjectNode json =
        Json.object()
            .put("apiVersion", "certificates.k8s.io/v1")
            .put("kind", "CertificateSigningRequest");
    json.putObject("metadata").put("generateName", "node-" + membership.name() + "-");
    ObjectNode spec = json.putObject("spec");
    spec.put("signerName", FleetKinds.SIGNER)
        .put("request", Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8)));
    spec.putArray("usages").add("digital signature").add("client auth");
    return ApiObject.of(json);
  }

  /// @see JoinRoutes
  void joinAgain() throws IOException, InterruptedException, JoinException {
    new Joiner(directory, clock).joinAgain(membership);
    renewConnections();
    LOG.info("the host's certificate was over; the appliance gave it another one for its key");
  }
}
