package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.acme.protocol.AcmeAuthorization;
import io.croft.certificates.acme.protocol.AcmeProblem;
import io.croft.certificates.acme.solving.Solver;
import io.croft.certificates.acme.solving.SolverException;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Resources;
import io.croft.certificates.signing.IssuerFinder;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Solves challenges: waits for a slot, presents, checks that it can be seen, has the server look,
/// and clears up. `processing` as a state means that the server has been asked to look.
final class ChallengeReconciler implements Reconciler {
  static final String FINALIZER = "acme.cert-manager.io/finalizer";

  private static final Set<String> FINALIZERS = Set.of(FINALIZER, "finalizer.acme.cert-manager.io");
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final Duration TURN = Duration.ofMinutes(1);
  private static final Duration LIMITED = Duration.ofHours(1);

  private final ApiClient client;
  private final IssuerFinder issuers;
  private final AcmeAccounts accounts;
  private final Solvers solvers;
  private final ChallengeSlots slots;
  private final AcmeTiming timing;
  private final Events events;
  private final InstantSource clock;
  private final Pauses pauses = new Pauses();

  ChallengeReconciler(
      ApiClient client,
      IssuerFinder issuers,
      AcmeAccounts accounts,
      Solvers solvers,
      ChallengeSlots slots,
      AcmeTiming timing,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.issuers = issuers;
    this.accounts = accounts;
    this.solvers = solvers;
    this.slots = slots;
    this.timing = timing;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request key) throws InterruptedException {
    Optional<ApiObject> found = client.find(Resources.CHALLENGES, key.namespace(), key.name());
    if (found.isEmpty()) {
      slots.release(key);
      return Result.DONE;
    }
    ApiObject challenge = found.get().copy();
    if (challenge.deletionTimestamp() != null || AcmeStates.over(challenge)) {
      return end(challenge);
    }
    if (!ChallengeSlots.processing(challenge)) {
      if (!slots.take(challenge)) {
        return Result.after(TURN);
      }
      Conditions.status(challenge).put("processing", true);
      client.updateStatus(Resources.CHALLENGES, challenge);
      return Result.DONE; // what is written brings the next step
    }
    slots.hold(challenge);
    if (!challenge.finalizers().contains(FINALIZER)) {
      var finalizers = new ArrayList<>(challenge.finalizers());
      finalizers.removeAll(FINALIZERS);
      finalizers.add(FINALIZER);
      client.update(Resources.CHALLENGES, challenge.setFinalizers(finalizers));
      return Result.DONE;
    }
    Optional<Result> pause = pauses.left(challenge, clock.instant());
    Result result = pause.isPresent() ? pause.get() : work(challenge);
    if (!challenge.json().equals(found.get().json())) {
      client.updateStatus(Resources.CHALLENGES, challenge);
    }
    return result;
  }

  private Solver.Task task(ApiObject challenge) {
    JsonNode spec = challenge.json().path("spec");
    IssuerRef issuer = IssuerRef.of(spec.path("issuerRef"));
    return new Solver.Task(spec, solvers.secrets(issuers.secrets(issuer, challenge.namespace())));
  }

  private Solver solver(ApiObject challenge) {
    return solvers.of(challenge.json().at("/spec/solver"));
  }

  private Result end(ApiObject challenge) throws InterruptedException {
    List<String> others =
        challenge.finalizers().stream().filter(f -> !FINALIZERS.contains(f)).toList();
    if (others.size() < challenge.finalizers().size()) {
      try {
        solver(challenge).cleanUp(task(challenge));
      } catch (SolverException e) {
        String message = "Error cleaning up challenge: " + e.getMessage();
        events.warning(challenge, "CleanUpError", message);
        slots.release(Request.of(challenge)); // others may go on meanwhile
        Instant since = challenge.deletionTimestamp();
        return Result.after(Waits.growing(since, clock.instant(), timing.recheck()));
      }
      challenge = client.update(Resources.CHALLENGES, challenge.setFinalizers(others)).copy();
    }
    slots.release(Request.of(challenge));
    if (challenge.deletionTimestamp() == null && ChallengeSlots.processing(challenge)) {
      Conditions.status(challenge).put("processing", false).put("presented", false);
      client.updateStatus(Resources.CHALLENGES, challenge);
    }
    return Result.DONE;
  }

  private Result work(ApiObject challenge) throws InterruptedException {
    IssuerRef ref = IssuerRef.of(challenge.json().at("/spec/issuerRef"));
    Optional<ApiObject> issuer = issuers.find(ref, challenge.namespace());
    try {
      Optional<AcmeAccount> account =
          issuer.isEmpty()
              ? Optional.empty()
              : accounts.open(issuer.get(), issuers.secrets(issuer.get()));
      if (account.isEmpty()) {
        AcmeStates.reason(challenge, "the issuer %s is not ready".formatted(ref));
        return Result.after(LOOK_AGAIN);
      }
      return step(challenge, account.get());
    } catch (AcmeProblem e) {
      return failed(challenge, e);
    }
  }

  private Result failed(ApiObject challenge, AcmeProblem problem) {
    String message = "The ACME server has not done its part: " + problem.getMessage();
    Instant now = clock.instant();
    if (!problem.passing()) {
      return fail(challenge, AcmeStates.ERRORED, message);
    }
    AcmeStates.reason(challenge, message);
    Duration wait =
        problem.kind() == AcmeProblem.Kind.RATE_LIMITED
            ? Waits.until(problem.retryAfter(), now, LIMITED)
            : Waits.growing(challenge.creationTimestamp(), now, timing.recheck());
    return pauses.begin(challenge, now, wait);
  }

  private Result fail(ApiObject challenge, String state, String message) {
    AcmeStates.set(challenge, state, message);
    events.warning(challenge, "Failed", message);
    return Result.DONE;
  }

  private Result step(ApiObject challenge, AcmeAccount account)
      throws AcmeProblem, InterruptedException {
    JsonNode spec = challenge.json().path("spec");
    boolean http = SolverChoice.type(spec.path("solver")).equals("http-01");
    String key = OrderChallenges.key(http, spec.path("token").asText(""), account);
    if (!key.equals(spec.path("key").asText(""))) {
      // Showing it would prove the name for another account.
      return fail(challenge, AcmeStates.ERRORED, "spec.key is not that of the issuer's account");
    }
    return switch (AcmeStates.of(challenge)) {
      case "" -> look(challenge, account);
      case AcmeStates.PROCESSING -> {
        solver(challenge).resume(task(challenge));
        yield look(challenge, account);
      }
      default -> solve(challenge, account);
    };
  }

  /// Asks the server how it stands, and leaves it alone for a while when it has not looked yet.
  private Result look(ApiObject challenge, AcmeAccount account) throws AcmeProblem {
    JsonNode spec = challenge.json().path("spec");
    AcmeAuthorization seen = account.authorization(spec.path("authorizationURL").asText(""));
    Optional<AcmeAuthorization.Challenge> own = seen.challenge(spec.path("url").asText(""));
    return switch (seen.state()) {
      case AcmeStates.VALID -> verified(challenge);
      case AcmeStates.PENDING -> open(challenge, seen, own.isPresent());
      case AcmeStates.INVALID ->
          fail(
              challenge,
              AcmeStates.INVALID,
              "Error accepting authorization: "
                  + own.map(AcmeAuthorization.Challenge::error).orElse(""));
      default -> fail(challenge, AcmeStates.EXPIRED, "the authorization is " + seen.state());
    };
  }

  private Result verified(ApiObject challenge) {
    JsonNode spec = challenge.json().path("spec");
    AcmeStates.set(challenge, AcmeStates.VALID, "Successfully authorized domain");
    events.normal(
        challenge,
        "DomainVerified",
        "Domain \"%s\" verified with \"%s\" validation"
            .formatted(spec.path("dnsName").asText(""), spec.path("type").asText("")));
    return Result.DONE;
  }

  private Result open(ApiObject challenge, AcmeAuthorization seen, boolean offered) {
    if (!offered) {
      return fail(challenge, AcmeStates.ERRORED, "the server has no such challenge");
    }
    if (AcmeStates.of(challenge).isEmpty()) {
      AcmeStates.set(challenge, AcmeStates.PENDING, "");
      return Result.DONE;
    }
    Instant now = clock.instant();
    Duration usual = Waits.growing(presentedAt(challenge), now, timing.poll());
    return Result.after(Waits.until(seen.retryAfter(), now, usual));
  }

  private static @Nullable Instant presentedAt(ApiObject challenge) {
    return Conditions.time(AcmeStates.status(challenge, "presentedAt")).orElse(null);
  }

  private Result solve(ApiObject challenge, AcmeAccount account)
      throws AcmeProblem, InterruptedException {
    Solver solver = solver(challenge);
    Solver.Task task = task(challenge);
    JsonNode spec = challenge.json().path("spec");
    String type = spec.path("type").asText("");
    if (AcmeStates.status(challenge, "presented").asBoolean(false)) {
      solver.resume(task);
    } else {
      try {
        solver.present(task);
      } catch (SolverException e) {
        events.warning(challenge, "PresentError", "Error presenting challenge: " + e.getMessage());
        AcmeStates.reason(challenge, String.valueOf(e.getMessage()));
        return Result.after(
            Waits.growing(challenge.creationTimestamp(), clock.instant(), timing.recheck()));
      }
      ObjectNode status = Conditions.status(challenge).put("presented", true);
      status.put("presentedAt", Conditions.format(clock.instant()));
      String message = "Presented challenge using %s challenge mechanism".formatted(type);
      events.normal(challenge, "Presented", message);
      AcmeStates.reason(challenge, "");
      return Result.DONE;
    }
    Optional<Result> wait = notYet(challenge, solver, task);
    if (wait.isPresent()) {
      return wait.get();
    }
    account.accept(spec.path("authorizationURL").asText(""), spec.path("url").asText(""));
    AcmeStates.set(challenge, AcmeStates.PROCESSING, "");
    return Result.DONE;
  }

  /// Whether the server had better not look yet, and when to think again.
  private Optional<Result> notYet(ApiObject challenge, Solver solver, Solver.Task task)
      throws InterruptedException {
    JsonNode spec = challenge.json().path("spec");
    String type = spec.path("type").asText("");
    Instant now = clock.instant();
    Instant presented = Optional.ofNullable(presentedAt(challenge)).orElse(now);
    JsonNode instead = spec.path("solver").path("waitInsteadOfSelfCheck");
    Duration settle =
        instead.isTextual()
            ? CertificateSpec.duration(instead, Duration.ZERO)
            : type.equals("DNS-01") ? timing.dnsSettle() : Duration.ZERO;
    Duration left = Duration.between(now, presented.plus(settle));
    if (!instead.isTextual()) {
      try {
        solver.check(task);
      } catch (SolverException e) {
        AcmeStates.reason(
            challenge, "Waiting for %s challenge propagation: %s".formatted(type, e.getMessage()));
        return Optional.of(Result.after(Waits.growing(presented, now, timing.recheck())));
      }
    }
    if (left.isPositive()) {
      String what = instead.isTextual() ? "waitInsteadOfSelfCheck" : "resolvers to forget";
      AcmeStates.reason(
          challenge, "Waiting for %s until %s".formatted(what, presented.plus(settle)));
      return Optional.of(Result.after(left));
    }
    return Optional.empty();
  }
}
