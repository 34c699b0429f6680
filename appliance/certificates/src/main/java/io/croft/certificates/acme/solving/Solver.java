package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;

/// One way to solve challenges. Each step may be taken again at any time. Thread-safe.
public interface Solver {
  /// A challenge to solve.
  ///
  /// @param spec of the `Challenge`
  /// @param secrets reads what its solver refers to
  record Task(JsonNode spec, SecretReader secrets) {
    /// Without an asterisk.
    public String name() {
      return spec.path("dnsName").asText("");
    }

    String token() {
      return spec.path("token").asText("");
    }

    String key() {
      return spec.path("key").asText("");
    }

    JsonNode solver() {
      return spec.path("solver");
    }
  }

  /// Whether a solver that is configured like this can be used at all.
  ///
  /// @param solver as the issuer has it
  /// @throws SolverException when not
  void require(JsonNode solver, SecretReader secrets) throws SolverException;

  /// Shows what the server wants to see.
  void present(Task task) throws SolverException, InterruptedException;

  /// Goes on showing it, in a process that may have been started since.
  void resume(Task task);

  /// Looks whether the server would find it.
  ///
  /// @throws SolverException when not, or not yet
  void check(Task task) throws SolverException, InterruptedException;

  /// Takes it away again.
  void cleanUp(Task task) throws SolverException, InterruptedException;
}
