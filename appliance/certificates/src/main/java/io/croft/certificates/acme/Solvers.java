package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.acme.solving.Dns01Solver;
import io.croft.certificates.acme.solving.Http01Solver;
import io.croft.certificates.acme.solving.SecretReader;
import io.croft.certificates.acme.solving.Solver;
import io.croft.certificates.acme.solving.SolverException;
import io.croft.client.ApiClient;
import io.croft.model.StatusException;
import java.util.Optional;

/// The ways to solve challenges that there are.
public record Solvers(ApiClient client, Http01Solver http, Dns01Solver dns) {
  /// @param solver of an issuer or a challenge
  Solver of(JsonNode solver) {
    return solver.path("http01").isObject() ? http : dns;
  }

  SecretReader secrets(String namespace) {
    return new SecretReader(client, namespace);
  }

  /// What is wrong with an issuer's solvers, if anything is.
  ///
  /// @param namespace of the Secrets
  Optional<String> problem(JsonNode solvers, String namespace) {
    for (int i = 0; i < solvers.size(); i++) {
      try {
        of(solvers.path(i)).require(solvers.path(i), secrets(namespace));
      } catch (SolverException | StatusException e) {
        return Optional.of("spec.acme.solvers[%d]: %s".formatted(i, e.getMessage()));
      }
    }
    return Optional.empty();
  }
}
