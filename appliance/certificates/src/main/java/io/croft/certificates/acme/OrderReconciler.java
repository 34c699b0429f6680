package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.acme.protocol.AcmeAuthorization;
import io.croft.certificates.acme.protocol.AcmeOrder;
import io.croft.certificates.acme.protocol.AcmeProblem;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.certificates.signing.IssuerFinder;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes an order through its life: ordered, every name proved by a `Challenge` of its own,
/// finished, fetched. One step at a time; what the server has said is in the status before the
/// next.
final class OrderReconciler implements Reconciler {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final Duration LIMITED = Duration.ofHours(1);
  private static final Set<String> KNOWN =
      Set.of(AcmeStates.PENDING, AcmeStates.READY, AcmeStates.PROCESSING, AcmeStates.VALID);

  private final ApiClient client;
  private final IssuerFinder issuers;
  private final AcmeAccounts accounts;
  private final OrderChallenges challenges;
  private final AcmeTiming timing;
  private final Events events;
  private final InstantSource clock;
  private final Pauses pauses = new Pauses();

  OrderReconciler(
      ApiClient client,
      IssuerFinder issuers,
      AcmeAccounts accounts,
      OrderChallenges challenges,
      AcmeTiming timing,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.issuers = issuers;
    this.accounts = accounts;
    this.challenges = challenges;
    this.timing = timing;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(Resources.ORDERS, key.namespace(), key.name());
    if (found.isEmpty()
        || found.get().deletionTimestamp() != null
        || AcmeStates.failed(found.get())) {
      return Result.DONE;
    }
    ApiObject order = found.get().copy();
    if (AcmeStates.of(order).equals(AcmeStates.VALID) && status(order, "certificate") != null) {
      challenges.delete(order);
      return Result.DONE;
    }
    Optional<Result> pause = pauses.left(order, clock.instant());
    if (pause.isPresent()) {
      return pause.get();
    }
    IssuerRef ref = IssuerRef.of(order.json().path("spec").path("issuerRef"));
    Optional<ApiObject> issuer = issuers.find(ref, order.namespace());
    Result result =
        issuer.isEmpty()
            ? waiting(order, "the issuer %s does not exist".formatted(ref))
            : advance(order, issuer.get());
    if (!order.json().equals(found.get().json())) {
      client.updateStatus(Resources.ORDERS, order);
    }
    return result;
  }

  private static @Nullable String status(ApiObject order, String field) {
    String text = AcmeStates.status(order, field).asText("");
    return text.isEmpty() ? null : text;
  }

  private static Result waiting(ApiObject order, String reason) {
    AcmeStates.reason(order, reason);
    return Result.after(LOOK_AGAIN);
  }

  private Result advance(ApiObject order, ApiObject issuer) {
    try {
      Optional<AcmeAccount> account = accounts.open(issuer, issuers.secrets(issuer));
      return account.isEmpty()
          ? waiting(order, "the issuer %s is not ready".formatted(issuer.name()))
          : step(order, issuer, account.get());
    } catch (AcmeProblem e) {
      return failed(order, issuer, e);
    }
  }

  private Result failed(ApiObject order, ApiObject issuer, AcmeProblem problem) {
    Instant now = clock.instant();
    String message = "The ACME server has not done its part: " + problem.getMessage();
    return switch (problem.kind()) {
      case REFUSED -> {
        AcmeStates.fail(order, AcmeStates.ERRORED, message, now);
        events.warning(order, "Failed", message);
        yield Result.DONE;
      }
      case ACCOUNT -> {
        AcmeStates.reason(order, message);
        withdraw(issuer, message);
        yield Result.after(LOOK_AGAIN);
      }
      case RATE_LIMITED -> {
        AcmeStates.reason(order, message);
        yield pauses.begin(order, now, Waits.until(problem.retryAfter(), now, LIMITED));
      }
      case UNREACHABLE -> {
        AcmeStates.reason(order, message);
        Duration wait = Waits.growing(order.creationTimestamp(), now, timing.recheck());
        yield pauses.begin(order, now, wait);
      }
    };
  }

  /// The account is gone: the issuer has to look for itself what has become of it.
  private void withdraw(ApiObject issuer, String message) {
    ApiObject changed = issuer.copy();
    Conditions.status(changed).remove("acme");
    Conditions.set(
        changed, Conditions.READY, false, "ErrVerifyACMEAccount", message, clock.instant(), true);
    client.updateStatus(
        changed.namespace().isEmpty() ? Resources.CLUSTER_ISSUERS : Resources.ISSUERS, changed);
    events.warning(changed, "ErrVerifyACMEAccount", message);
  }

  private Result step(ApiObject order, ApiObject issuer, AcmeAccount account) throws AcmeProblem {
    String url = status(order, "url");
    if (url == null) {
      note(order, account.newOrder(wish(order)));
      return Result.DONE; // what is written brings the next step
    }
    if (describeAuthorizations(order, account)) {
      return Result.DONE;
    }
    return switch (AcmeStates.of(order)) {
      case AcmeStates.READY -> finish(order, url, account);
      case AcmeStates.PROCESSING -> look(order, url, account);
      case AcmeStates.VALID -> fetch(order, issuer, url, account);
      default -> prove(order, issuer, url, account);
    };
  }

  private AcmeAccount.Wish wish(ApiObject order) {
    JsonNode spec = order.json().path("spec");
    var names = new LinkedHashSet<>(CertificateSpec.texts(spec.path("dnsNames")));
    var addresses = new LinkedHashSet<>(CertificateSpec.texts(spec.path("ipAddresses")));
    String commonName = spec.path("commonName").asText("");
    if (!commonName.isEmpty()) {
      (isAddress(commonName) ? addresses : names).add(commonName);
    }
    Instant notAfter =
        spec.hasNonNull("duration")
            ? clock
                .instant()
                .plus(
                    CertificateSpec.duration(
                        spec.path("duration"), CertificateSpec.DEFAULT_DURATION))
            : null;
    return new AcmeAccount.Wish(
        List.copyOf(names),
        List.copyOf(addresses),
        notAfter,
        spec.path("profile").asText(""),
        spec.path("replaces").asText(""));
  }

  private static boolean isAddress(String name) {
    try {
      InetAddress.ofLiteral(name);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void note(ApiObject order, AcmeOrder seen) {
    ObjectNode status = Conditions.status(order);
    status.put("url", seen.url()).put("finalizeURL", seen.finalizeUrl());
    if (status.path("authorizations").isEmpty()) {
      ArrayNode authorizations = status.putArray("authorizations");
      seen.authorizations().forEach(a -> authorizations.addObject().put("url", a));
    }
    if (seen.state().equals(AcmeStates.INVALID)) {
      String reason = seen.error().isEmpty() ? challenges.failure(order).orElse("") : seen.error();
      AcmeStates.fail(order, AcmeStates.INVALID, reason, clock.instant());
      events.warning(order, "Failed", "The order is invalid: " + reason);
    } else if (KNOWN.contains(seen.state())) {
      AcmeStates.set(order, seen.state(), "");
    } else {
      String reason = "The server says that the order is " + seen.state();
      AcmeStates.fail(order, AcmeStates.ERRORED, reason, clock.instant());
    }
  }

  /// Asks what each name's proof can be, once.
  ///
  /// @return whether there was anything to ask
  private static boolean describeAuthorizations(ApiObject order, AcmeAccount account)
      throws AcmeProblem {
    boolean asked = false;
    for (JsonNode item : AcmeStates.status(order, "authorizations")) {
      if (item instanceof ObjectNode authorization && !item.hasNonNull("identifier")) {
        describe(authorization, account.authorization(item.path("url").asText("")));
        asked = true;
      }
    }
    return asked;
  }

  private static void describe(ObjectNode authorization, AcmeAuthorization seen) {
    authorization
        .put("identifier", seen.identifier())
        .put("wildcard", seen.wildcard())
        .put("initialState", initialState(seen.state()));
    ArrayNode list = authorization.putArray("challenges");
    seen.challenges()
        .forEach(c ->
            list.addObject().put("type", c.type()).put("url", c.url()).put("token", c.token()));
  }

  /// The states that the definition knows.
  private static String initialState(String state) {
    return switch (state) {
      case AcmeStates.PENDING, AcmeStates.VALID, AcmeStates.INVALID, AcmeStates.EXPIRED -> state;
      default -> AcmeStates.INVALID;
    };
  }

  private Result prove(ApiObject order, ApiObject issuer, String url, AcmeAccount account)
      throws AcmeProblem {
    List<ApiObject> made;
    try {
      made = challenges.ensure(order, issuer, account);
    } catch (IllegalArgumentException e) {
      String message = "The names cannot be proved: " + e.getMessage();
      AcmeStates.reason(order, message);
      events.warning(order, "Solver", message);
      return Result.after(Duration.ofMinutes(5)); // the issuer may be changed
    }
    boolean failed = made.stream().anyMatch(AcmeStates::failed);
    if (!failed && !made.stream().allMatch(AcmeStates::over)) {
      AcmeStates.reason(order, "");
      return Result.DONE; // the challenges bring the next step
    }
    return look(order, url, account);
  }

  private Result look(ApiObject order, String url, AcmeAccount account) throws AcmeProblem {
    AcmeOrder seen = account.order(url);
    String before = AcmeStates.of(order);
    note(order, seen);
    if (!AcmeStates.of(order).equals(before)) {
      return Result.DONE;
    }
    Optional<String> failure = challenges.failure(order);
    if (failure.isPresent()) { // no second attempt is made, so the order comes to nothing
      AcmeStates.fail(order, AcmeStates.INVALID, failure.get(), clock.instant());
      events.warning(order, "Failed", failure.get());
      return Result.DONE;
    }
    Instant now = clock.instant();
    return Result.after(
        Waits.until(
            seen.retryAfter(), now, Waits.growing(order.creationTimestamp(), now, timing.poll())));
  }

  private Result finish(ApiObject order, String url, AcmeAccount account) throws AcmeProblem {
    byte[] request;
    try {
      String pem = RequestSpec.of(order).signingRequest().pem();
      request = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
    } catch (PkiException e) {
      AcmeStates.fail(
          order, AcmeStates.ERRORED, "spec.request: " + e.getMessage(), clock.instant());
      return Result.DONE;
    }
    AcmeOrder seen = account.finish(url, request);
    note(order, seen);
    return AcmeStates.of(order).equals(AcmeStates.READY)
        ? Result.after(Waits.until(seen.retryAfter(), clock.instant(), timing.recheck()))
        : Result.DONE;
  }

  private Result fetch(ApiObject order, ApiObject issuer, String url, AcmeAccount account)
      throws AcmeProblem {
    String preferred = issuer.json().at("/spec/acme/preferredChain").asText("");
    String pem = Pem.encode(account.certificate(url, preferred));
    Conditions.status(order).put("certificate", SecretData.encode(pem));
    events.normal(order, "Complete", "Order completed successfully");
    return Result.DONE;
  }
}
