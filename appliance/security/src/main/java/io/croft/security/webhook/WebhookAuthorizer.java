package io.croft.security.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.LruMap;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Shortened;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks an authorizer elsewhere by a `SubjectAccessReview`. Answers are remembered, 4,096 of them;
/// 64 questions are under way at a time, and what cannot be asked counts as a failure. Unlike other
/// authorizers it takes its time. Thread-safe.
final class WebhookAuthorizer implements Authorizer, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookAuthorizer.class);
  private static final int REMEMBERED = 4_096;
  private static final int MAX_KEY_CHARS = 10_000;
  private static final int AT_A_TIME = 64;
  private static final int MAX_REASON = 1_024;

  private final WebhookSettings settings;
  private final WebhookConnection connection;
  private final InstantSource clock;
  private final Semaphore places = new Semaphore(AT_A_TIME);

  private final Map<String, Remembered> remembered = new LruMap<>(REMEMBERED);

  private record Remembered(Decision decision, Instant until) {}

  WebhookAuthorizer(WebhookSettings settings, WebhookConnection connection, InstantSource clock) {
    this.settings = settings;
    this.connection = connection;
    this.clock = clock;
  }

  @Override
  public Decision authorize(Attributes attributes) {
    try {
      if (!settings.conditions().isEmpty() && !matches(spec(attributes, true))) {
        return Decision.noOpinion("");
      }
    } catch (ExpressionException e) {
      return failed("a condition has no value: " + e.getMessage());
    }
    ObjectNode request = spec(attributes, false);
    String key = Json.text(request);
    Optional<Decision> known = known(key);
    if (known.isPresent()) {
      return known.get();
    }
    if (!places.tryAcquire()) {
      return failed("too many questions at a time");
    }
    try {
      Decision decision = ask(request);
      remember(key, decision);
      return decision;
    } catch (IOException e) {
      return failed(String.valueOf(e.getMessage()));
    } finally {
      places.release();
    }
  }

  /// One condition that does not hold decides, whatever is wrong with others.
  private boolean matches(ObjectNode request) throws ExpressionException {
    ExpressionException problem = null;
    for (Expression condition : settings.conditions()) {
      try {
        JsonNode holds = condition.evaluate(request);
        if (!holds.asBoolean(false)) {
          return false;
        }
      } catch (ExpressionException e) {
        problem = e;
      }
    }
    if (problem != null) {
      throw problem;
    }
    return true;
  }

  private Decision failed(String why) {
    LOG.atWarn()
        .addKeyValue("authorizer", settings.name())
        .addKeyValue("reason", why)
        .log("An authorizer cannot be asked");
    String reason = "authorizer " + settings.name() + " cannot be asked";
    return settings.denyOnFailure() ? Decision.deny(reason) : Decision.noOpinion(reason);
  }

  private Optional<Decision> known(String key) {
    synchronized (remembered) {
      Remembered found = remembered.get(key);
      if (found != null && !clock.instant().isBefore(found.until())) {
        remembered.remove(key);
        return Optional.empty();
      }
      return Optional.ofNullable(found).map(Remembered::decision);
    }
  }

  private void remember(String key, Decision decision) {
    Duration time = decision.allowed() ? settings.authorizedFor() : settings.unauthorizedFor();
    if (!time.isZero() && key.length() <= MAX_KEY_CHARS) {
      synchronized (remembered) {
        remembered.put(key, new Remembered(decision, clock.instant().plus(time)));
      }
    }
  }

  private Decision ask(ObjectNode request) throws IOException {
    ObjectNode review =
        Json.object()
            .put("apiVersion", "authorization.k8s.io/v1")
            .put("kind", "SubjectAccessReview");
    review.putObject("metadata");
    review.set("spec", request);
    JsonNode status;
    try {
      status = Json.parseObject(connection.post(Json.bytes(review))).path("status");
    } catch (MalformedJsonException e) {
      throw new IOException("it answers without JSON");
    }
    if (!status.path("allowed").isBoolean()) {
      throw new IOException("it answers without status.allowed");
    }
    boolean allowed = status.path("allowed").booleanValue();
    boolean denied = status.path("denied").asBoolean(false);
    String reason = Shortened.text(status.path("reason").asText(""), MAX_REASON);
    if (allowed && denied) {
      throw new IOException("it both allows and denies");
    }
    if (denied) {
      return Decision.deny(reason);
    }
    return allowed ? Decision.allow(reason) : Decision.noOpinion(reason);
  }

  /// In the order of kube-apiserver's fields.
  ///
  /// @param complete with all texts, also those that are empty: so expressions see it
  private static ObjectNode spec(Attributes attributes, boolean complete) {
    UserInfo user = attributes.user();
    RequestInfo info = attributes.info();
    ObjectNode spec = Json.object();
    if (info.resource()) {
      ObjectNode resource = spec.putObject("resourceAttributes");
      put(resource, "namespace", info.namespace(), complete);
      put(resource, "verb", info.verb(), complete);
      put(resource, "group", info.group(), complete);
      put(resource, "version", info.version(), complete);
      put(resource, "resource", info.plural(), complete);
      put(resource, "subresource", info.subresource(), complete);
      put(resource, "name", info.name(), complete);
    } else {
      ObjectNode path = spec.putObject("nonResourceAttributes");
      put(path, "path", info.path(), complete);
      put(path, "verb", info.verb(), complete);
    }
    spec.put("user", user.name());
    ArrayNode groups = spec.putArray("groups");
    user.groups().forEach(groups::add);
    if (complete || !user.extra().isEmpty()) {
      ObjectNode extra = spec.putObject("extra");
      user.extra().entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(e -> e.getValue().forEach(extra.putArray(e.getKey())::add));
    }
    put(spec, "uid", user.uid(), complete);
    return spec;
  }

  private static void put(ObjectNode json, String key, String text, boolean always) {
    if (always || !text.isEmpty()) {
      json.put(key, text);
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
