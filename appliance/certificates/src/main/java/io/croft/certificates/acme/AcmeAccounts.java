package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.LruMap;
import io.croft.certificates.acme.AccountKeys.AccountKey;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.acme.protocol.AcmeConnection;
import io.croft.certificates.acme.protocol.AcmeProblem;
import io.croft.certificates.acme.protocol.AcmeServer;
import io.croft.certificates.acme.solving.SolverException;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.signing.Signer.Readiness;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The accounts of issuers: registers them, and opens them for orders. Thread-safe.
final class AcmeAccounts {
  private static final Readiness READY =
      new Readiness(
          true,
          "ACMEAccountRegistered",
          "The ACME account was registered with the ACME server",
          Duration.ZERO);
  private static final String NOT_REGISTERED = "ErrRegisterACMEAccount";
  private static final String NOT_VERIFIED = "ErrVerifyACMEAccount";
  private static final Duration FIRST_WAIT = Duration.ofSeconds(10);
  private static final Duration LAST_WAIT = Duration.ofMinutes(30);
  private static final Duration REFUSED_WAIT = Duration.ofHours(1);
  private static final int MAX_PAUSES = 1024;

  /// A failure that is not to be repeated before its time, unless something has changed.
  ///
  /// @param inputs all that the attempt was made of
  private record Pause(int inputs, Readiness readiness, Duration waited, Instant until) {}

  private final Solvers solvers;
  private final AccountKeys keys;
  private final AcmeConnections connections;
  private final InstantSource clock;
  private final Map<String, Pause> pauses = new LruMap<>(MAX_PAUSES);

  AcmeAccounts(
      ApiClient client, Solvers solvers, AcmeConnections connections, InstantSource clock) {
    this.solvers = solvers;
    this.keys = new AccountKeys(client);
    this.connections = connections;
    this.clock = clock;
  }

  /// Whether an issuer has an account; registers one if need be, and notes it in the status.
  ///
  /// @param secrets the namespace of its Secrets
  Readiness check(ApiObject issuer, String secrets) {
    JsonNode acme = issuer.json().path("spec").path("acme");
    AcmeServer server;
    try {
      server = server(acme);
    } catch (IllegalArgumentException e) {
      return failure("InvalidURL", "spec.acme: " + e.getMessage());
    }
    Optional<String> problem = solvers.problem(acme.path("solvers"), secrets);
    if (problem.isPresent()) {
      return failure("InvalidSolver", problem.get());
    }
    AccountKey key;
    try {
      Optional<AccountKey> present = keys.find(acme, secrets);
      if (present.isEmpty() && acme.path("disableAccountKeyGeneration").asBoolean(false)) {
        return failure(
            NOT_VERIFIED,
            "the Secret \"%s\" of the account's key is missing, and disableAccountKeyGeneration says"
                    .formatted(acme.path("privateKeySecretRef").path("name").asText(""))
                + " not to make one");
      }
      key = present.isPresent() ? present.get() : keys.make(acme, secrets);
    } catch (PkiException e) {
      return failure(NOT_VERIFIED, "the account's key cannot be used: " + e.getMessage());
    } catch (StatusException e) {
      return failure(NOT_REGISTERED, "the account's key cannot be kept: " + e.getMessage());
    }
    return known(issuer, key) ? READY : register(issuer, secrets, server, key);
  }

  private static Readiness failure(String reason, String message) {
    return new Readiness(false, reason, message, Duration.ofMinutes(5));
  }

  /// @throws IllegalArgumentException when the address or the bundle has the wrong form
  private static AcmeServer server(JsonNode acme) {
    String bundle = acme.path("caBundle").asText("");
    return new AcmeServer(
        URI.create(acme.path("server").asText("")),
        new String(Base64.getDecoder().decode(bundle), StandardCharsets.UTF_8),
        acme.path("skipTLSVerify").asBoolean(false));
  }

  /// Whether this very account was registered before, so that the server need not be asked.
  private static boolean known(ApiObject issuer, AccountKey key) {
    JsonNode status = issuer.json().path("status");
    boolean ready = false;
    for (JsonNode condition : status.path("conditions")) {
      ready |=
          condition.path("type").asText("").equals(Conditions.READY)
              && condition.path("status").asText("").equals("True")
              && condition.path("observedGeneration").asLong(0) == issuer.generation();
    }
    return ready
        && !status.path("acme").path("uri").asText("").isEmpty()
        && status.path("acme").path("lastPrivateKeyHash").asText("").equals(key.digest());
  }

  private Readiness register(ApiObject issuer, String secrets, AcmeServer server, AccountKey key) {
    JsonNode acme = issuer.json().path("spec").path("acme");
    AcmeConnection.Binding binding;
    try {
      binding = binding(acme.path("externalAccountBinding"), secrets);
    } catch (SolverException | IllegalArgumentException e) {
      return failure(NOT_REGISTERED, "externalAccountBinding: " + e.getMessage());
    }
    int inputs = inputs(acme, key, binding);
    Optional<Pause> pause = pause(issuer.uid(), inputs);
    Instant now = clock.instant();
    if (pause.isPresent() && now.isBefore(pause.get().until())) {
      Readiness before = pause.get().readiness();
      Duration left = Duration.between(now, pause.get().until());
      return new Readiness(false, before.reason(), before.message(), left);
    }
    try {
      var registration =
          connections.of(server).register(key.pair(), acme.path("email").asText(""), binding);
      note(issuer, registration, key);
      end(issuer.uid());
      return READY;
    } catch (PkiException e) {
      return failure("InvalidConfig", "spec.acme.caBundle: " + e.getMessage());
    } catch (AcmeProblem e) {
      return refused(issuer, inputs, pause, e);
    }
  }

  private static int inputs(
      JsonNode acme, AccountKey key, AcmeConnection.@Nullable Binding binding) {
    int bound = binding == null ? 0 : Arrays.hashCode(binding.key());
    return Objects.hash(Json.canonical(acme), key.digest(), bound);
  }

  private AcmeConnection.@Nullable Binding binding(JsonNode config, String secrets)
      throws SolverException {
    if (!config.isObject()) {
      return null;
    }
    String text = solvers.secrets(secrets).text(config.path("keySecretRef"));
    String url = text.replace('+', '-').replace('/', '_').replaceAll("=+$", "");
    byte[] key;
    try {
      key = Base64.getUrlDecoder().decode(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the key in the Secret is not Base64");
    }
    String algorithm = config.path("keyAlgorithm").asText("");
    return new AcmeConnection.Binding(
        config.path("keyID").asText(""), key, algorithm.isEmpty() ? "HS256" : algorithm);
  }

  private static void note(
      ApiObject issuer, AcmeConnection.Registration registration, AccountKey key) {
    ObjectNode status = Conditions.status(issuer).putObject("acme");
    status.put("uri", registration.url());
    status.put("lastPrivateKeyHash", key.digest());
    if (!registration.email().isEmpty()) {
      status.put("lastRegisteredEmail", registration.email());
    }
  }

  private Readiness refused(
      ApiObject issuer, int inputs, Optional<Pause> before, AcmeProblem problem) {
    Instant now = clock.instant();
    Duration wait =
        switch (problem.kind()) {
          case UNREACHABLE -> before.map(p -> longer(p.waited())).orElse(FIRST_WAIT);
          case RATE_LIMITED -> Waits.until(problem.retryAfter(), now, REFUSED_WAIT);
          case ACCOUNT, REFUSED -> REFUSED_WAIT;
        };
    var readiness =
        new Readiness(
            false,
            NOT_REGISTERED,
            "The account is not registered with %s: %s"
                .formatted(issuer.json().at("/spec/acme/server").asText(""), problem.getMessage()),
            wait);
    synchronized (pauses) {
      pauses.put(issuer.uid(), new Pause(inputs, readiness, wait, now.plus(wait)));
    }
    return readiness;
  }

  private static Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(LAST_WAIT) > 0 ? LAST_WAIT : twice;
  }

  private Optional<Pause> pause(String uid, int inputs) {
    synchronized (pauses) {
      return Optional.ofNullable(pauses.get(uid)).filter(p -> p.inputs() == inputs);
    }
  }

  private void end(String uid) {
    synchronized (pauses) {
      pauses.remove(uid);
    }
  }

  /// The account of an issuer that is ready; empty while it is not.
  Optional<AcmeAccount> open(ApiObject issuer, String secrets) throws AcmeProblem {
    JsonNode acme = issuer.json().path("spec").path("acme");
    String uri = issuer.json().at("/status/acme/uri").asText("");
    try {
      Optional<AccountKey> key = keys.find(acme, secrets);
      return key.isPresent() && known(issuer, key.get())
          ? Optional.of(connections.of(server(acme)).account(uri, key.get().pair()))
          : Optional.empty();
    } catch (PkiException | IllegalArgumentException e) {
      return Optional.empty(); // the issuer is about to say so
    }
  }
}
