package io.croft.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.Shortened;
import io.croft.model.Status;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One line of the audit log: `audit.k8s.io/v1` `Event`. It never holds header values other than
/// the user agent, the values of query parameters that are secret, or bodies unmasked.
///
/// @param level how much is recorded; of `None` nothing is written, but requests are counted
/// @param auditId joins the events of one request
/// @param user who sent the request; null when that is not known
/// @param impersonated whom it was carried out as; null when that is the user
/// @param sourceIps where it came from
/// @param requestUri path and query, secrets masked
/// @param info what it asked for, each text cut at 512 characters, for events wait in memory; null
///   when its path made no sense
/// @param verb the verb, or the method in lower case where there is no verb
/// @param status the outcome, without details, its message cut at 1024 characters; null while there
///   is none
/// @param received when it arrived
/// @param at when this stage was reached
/// @param annotations what the parts of the chain and the handler have to say, 8,192 characters at
///   most
/// @param requestBody null when it is not recorded
/// @param responseBody null when it is not recorded
public record AuditEvent(
    AuditLevel level,
    String auditId,
    Stage stage,
    @Nullable UserInfo user,
    @Nullable UserInfo impersonated,
    List<String> sourceIps,
    String userAgent,
    String requestUri,
    @Nullable RequestInfo info,
    String verb,
    @Nullable Status status,
    Instant received,
    Instant at,
    Map<String, String> annotations,
    @Nullable AuditBody requestBody,
    @Nullable AuditBody responseBody) {

  /// Without bodies.
  public AuditEvent(
      String auditId,
      Stage stage,
      @Nullable UserInfo user,
      @Nullable UserInfo impersonated,
      List<String> sourceIps,
      String userAgent,
      String requestUri,
      @Nullable RequestInfo info,
      String verb,
      @Nullable Status status,
      Instant received,
      Instant at,
      Map<String, String> annotations) {
    this(
        AuditLevel.METADATA,
        auditId,
        stage,
        user,
        impersonated,
        sourceIps,
        userAgent,
        requestUri,
        info,
        verb,
        status,
        received,
        at,
        annotations,
        null,
        null);
  }

  /// The same where there is no room for bodies.
  AuditEvent withoutBodies() {
    return new AuditEvent(
        level,
        auditId,
        stage,
        user,
        impersonated,
        sourceIps,
        userAgent,
        requestUri,
        info,
        verb,
        status,
        received,
        at,
        annotations,
        null,
        null);
  }

  /// How much memory its bodies take, in bytes.
  int bodyBytes() {
    return (requestBody == null ? 0 : requestBody.length())
        + (responseBody == null ? 0 : responseBody.length());
  }

  /// How far the request has come.
  public enum Stage {
    /// Nothing has been done yet.
    REQUEST_RECEIVED("RequestReceived"),
    /// A long-running request: its head is answered, its body is not yet complete.
    RESPONSE_STARTED("ResponseStarted"),
    RESPONSE_COMPLETE("ResponseComplete"),
    /// The server failed in a way that nobody foresaw.
    PANIC("Panic");

    private final String text;

    Stage(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  private static final int MAX_NAME = 512;
  private static final int MAX_MESSAGE = 1024;

  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  public AuditEvent {
    info = info == null ? null : shortened(info);
    status = status == null ? null : shortened(status);
    sourceIps = List.copyOf(sourceIps);
    annotations = Map.copyOf(annotations);
  }

  private static RequestInfo shortened(RequestInfo info) {
    return new RequestInfo(
        info.resource(),
        info.verb(),
        Shortened.text(info.group(), MAX_NAME),
        Shortened.text(info.version(), MAX_NAME),
        Shortened.text(info.namespace(), MAX_NAME),
        Shortened.text(info.plural(), MAX_NAME),
        Shortened.text(info.subresource(), MAX_NAME),
        Shortened.text(info.name(), MAX_NAME),
        Shortened.text(info.path(), MAX_NAME));
  }

  private static Status shortened(Status status) {
    String message = Shortened.text(status.message(), MAX_MESSAGE);
    return new Status(status.success(), status.code(), status.reason(), message, null);
  }

  /// In the key order of kube-apiserver.
  public ObjectNode toJson() {
    ObjectNode json =
        Json.object()
            .put("kind", "Event")
            .put("apiVersion", "audit.k8s.io/v1")
            .put("level", level.text())
            .put("auditID", auditId)
            .put("stage", stage.text())
            .put("requestURI", requestUri)
            .put("verb", verb);
    json.set("user", user == null ? Json.object() : toJson(user));
    if (impersonated != null) {
      json.set("impersonatedUser", toJson(impersonated));
    }
    var ips = json.putArray("sourceIPs");
    sourceIps.forEach(ips::add);
    put(json, "userAgent", userAgent);
    if (info != null && info.resource()) {
      json.set("objectRef", objectRef(info));
    }
    if (status != null) {
      json.set("responseStatus", responseStatus(status));
    }
    put(json, "requestObject", requestBody);
    put(json, "responseObject", responseBody);
    json.put("requestReceivedTimestamp", MICROSECONDS.format(received));
    json.put("stageTimestamp", MICROSECONDS.format(at));
    if (!annotations.isEmpty()) {
      ObjectNode texts = json.putObject("annotations");
      annotations.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(e -> texts.put(e.getKey(), e.getValue()));
    }
    return json;
  }

  private static ObjectNode toJson(UserInfo user) {
    ObjectNode json = Json.object().put("username", user.name());
    put(json, "uid", user.uid());
    if (!user.groups().isEmpty()) {
      var groups = json.putArray("groups");
      user.groups().forEach(groups::add);
    }
    if (!user.extra().isEmpty()) {
      ObjectNode extra = json.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.withArray(key)::add));
    }
    return json;
  }

  private static ObjectNode objectRef(RequestInfo info) {
    ObjectNode json = Json.object();
    put(json, "resource", info.plural());
    put(json, "namespace", info.namespace());
    put(json, "name", info.name());
    put(json, "apiGroup", info.group());
    put(json, "apiVersion", info.version());
    put(json, "subresource", info.subresource());
    return json;
  }

  private static ObjectNode responseStatus(Status status) {
    ObjectNode json = Json.object();
    json.putObject("metadata");
    if (!status.success()) {
      json.put("status", "Failure");
    }
    put(json, "message", status.message());
    put(json, "reason", status.reason());
    return json.put("code", status.code());
  }

  private static void put(ObjectNode json, String key, @Nullable AuditBody body) {
    JsonNode value = body == null ? null : body.toJson();
    if (value != null) {
      json.set(key, value);
    }
  }

  private static void put(ObjectNode json, String key, String text) {
    if (!text.isEmpty()) {
      json.put(key, text);
    }
  }
}
