package io.croft.fleet.join;

import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informers;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.pki.CertificateAuthority;
import io.croft.security.OpenRoutes;
import io.croft.security.UserInfo;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The parts of the appliance by which hosts join.
///
/// @param client may do everything
/// @param clients who act for others
/// @param issuer issues what clients log in with
/// @param revocation takes back a user's certificates, by the user's name
/// @param life of hosts' certificates
public record Joining(
    ApiClient client,
    Function<UserInfo, ApiClient> clients,
    Supplier<CertificateAuthority> issuer,
    Consumer<String> revocation,
    Duration life,
    InstantSource clock) {

  private HostCertificates certificates() {
    return new HostCertificates(issuer, life, clock);
  }

  /// Takes back what a host could log in and join with.
  ///
  /// @param exceptKey whose right to join remains; empty for nobody's
  public void withdraw(String machine, String exceptKey) {
    new JoinTokens(client, clock).withdraw(machine, exceptKey);
    revocation.accept(FleetKinds.NODE_USER + machine);
  }

  public OpenRoutes routes(JoinRoutes.Appliance appliance) {
    return new JoinRoutes(
        appliance,
        new JoinTokens(client, clock),
        new Machines(client, clock),
        certificates(),
        new Enrolment(clients),
        clock);
  }

  public Controller signer(Informers informers) {
    return Controller.builder(
            "node-certificates", new NodeCertificates(client, issuer, certificates(), life, clock))
        .watch(informers.of(FleetKinds.SIGNING_REQUESTS))
        .workers(2)
        .build();
  }

  public Controller cleaner(Informers informers) {
    return Controller.builder("join-tokens", new OldTokens(client, clock))
        .watch(informers.of(FleetKinds.TOKENS))
        .build();
  }
}
