package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Action;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.UserInfo;
import io.croft.security.token.BoundObject;
import io.croft.security.token.ObjectLookup;
import io.croft.security.token.ServiceAccountTokens;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// `serviceaccounts/NAME/token`: a token for a service account, for a time, for an audience, and if
/// wanted for no longer than a pod, a secret or a node is there.
public final class TokenRequests implements Action.Handler {
  private static final String GROUP = "authentication.k8s.io";
  private static final String KIND = "TokenRequest";
  private static final String DEFINITION = "io.k8s.api.authentication.v1." + KIND;
  private static final long DEFAULT_SECONDS = 3600;
  private static final long MIN_SECONDS = 600;
  private static final long MAX_SECONDS = 1L << 32;
  private static final int MAX_AUDIENCES = 32;

  private final ServiceAccountTokens tokens;
  private final ObjectLookup objects;
  private final InstantSource clock;

  private TokenRequests(ServiceAccountTokens tokens, ObjectLookup objects, InstantSource clock) {
    this.tokens = tokens;
    this.objects = objects;
    this.clock = clock;
  }

  public static Action action(
      Definitions definitions,
      ServiceAccountTokens tokens,
      ObjectLookup objects,
      InstantSource clock) {
    var request =
        new ResourceType(
            new GroupVersionResource(GROUP, "v1", "tokenrequests"),
            new ResourceType.Names(KIND, KIND, "tokenrequest", List.of(), List.of()),
            true,
            Set.of("create"),
            Set.of(),
            new Backing.Computed() {},
            definitions.schema(DEFINITION),
            null,
            Json.object().put("$ref", Definitions.REF + DEFINITION),
            List.of(Column.NAME),
            Set.of(),
            false);
    return new Action("token", request, new TokenRequests(tokens, objects, clock));
  }

  @Override
  public ObjectNode create(ApiObject account, ObjectNode request, UserInfo user) {
    ApiObject answer = ApiObject.of(request);
    checkIdentity(account, answer);
    ObjectNode spec =
        request.get("spec") instanceof ObjectNode there ? there : request.putObject("spec");
    long seconds = seconds(answer, spec);
    List<String> audiences = audiences(answer, spec);
    List<BoundObject> bound = bound(account, spec.path("boundObjectRef"));
    ServiceAccountTokens.Issued issued =
        tokens.issue(account, audiences, Duration.ofSeconds(seconds), bound);
    spec.put("expirationSeconds", seconds);
    spec.remove("audiences");
    audiences.forEach(spec.putArray("audiences")::add);
    request
        .putObject("status")
        .put("token", issued.token())
        .put("expirationTimestamp", issued.expires().toString());
    answer
        .setName(account.name())
        .setNamespace(account.namespace())
        .setCreationTimestamp(clock.instant().truncatedTo(ChronoUnit.SECONDS));
    return request;
  }

  private static void checkIdentity(ApiObject account, ApiObject request) {
    if (!request.name().isEmpty() && !request.name().equals(account.name())) {
      throw Statuses.badRequest("metadata.name must match the service account name");
    }
    if (!request.namespace().isEmpty() && !request.namespace().equals(account.namespace())) {
      throw Statuses.badRequest("metadata.namespace must match the service account namespace");
    }
  }

  private static long seconds(ApiObject request, ObjectNode spec) {
    JsonNode given = spec.path("expirationSeconds");
    long seconds = given.isNumber() ? given.asLong() : DEFAULT_SECONDS;
    String wrong =
        seconds < MIN_SECONDS
            ? "may not specify a duration less than 10 minutes"
            : seconds > MAX_SECONDS ? "may not specify a duration larger than 2^32 seconds" : "";
    if (!wrong.isEmpty()) {
      throw invalid(request, FieldError.invalid("spec.expirationSeconds", given, wrong));
    }
    return seconds;
  }

  private static List<String> audiences(ApiObject request, ObjectNode spec) {
    var audiences = new ArrayList<String>();
    spec.path("audiences").forEach(a -> audiences.add(a.asText()));
    if (audiences.size() > MAX_AUDIENCES) {
      throw invalid(request, FieldError.tooMany("spec.audiences", audiences.size(), MAX_AUDIENCES));
    }
    return audiences.isEmpty() ? List.of(ServiceAccountTokens.ISSUER) : audiences;
  }

  private static RuntimeException invalid(ApiObject request, FieldError error) {
    return Statuses.invalid(GROUP, KIND, request.name(), List.of(error));
  }

  private List<BoundObject> bound(ApiObject account, JsonNode reference) {
    if (!reference.isObject()) {
      return List.of();
    }
    String what = reference.path("kind").asText("");
    BoundObject.Kind kind =
        Arrays.stream(BoundObject.Kind.values())
            .filter(k -> k.text().equals(what))
            .filter(k -> reference.path("apiVersion").asText("").equals("v1"))
            .findFirst()
            .orElseThrow(() ->
                Statuses.badRequest(
                    "cannot bind token for serviceaccount \"%s\" to type %s"
                        .formatted(account.name(), what)));
    ApiObject object = find(kind, account.namespace(), reference.path("name").asText(""));
    requireUid(kind, object, reference.path("uid").asText(""));
    var bound = new ArrayList<BoundObject>();
    bound.add(new BoundObject(kind, object.name(), object.uid()));
    if (kind == BoundObject.Kind.POD) {
      requireAccount(object, account);
      String node = object.json().path("spec").path("nodeName").asText("");
      objects
          .find(BoundObject.Kind.NODE.plural(), "", node)
          .ifPresent(n -> bound.add(new BoundObject(BoundObject.Kind.NODE, node, n.uid())));
    }
    return bound;
  }

  private ApiObject find(BoundObject.Kind kind, String namespace, String name) {
    return objects
        .find(kind.plural(), kind == BoundObject.Kind.NODE ? "" : namespace, name)
        .orElseThrow(() -> Statuses.notFound("", kind.plural(), name));
  }

  private static void requireUid(BoundObject.Kind kind, ApiObject object, String uid) {
    if (!uid.isEmpty() && !uid.equals(object.uid())) {
      throw Statuses.conflict(
          "",
          kind.plural(),
          object.name(),
          "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
              .formatted(uid));
    }
  }

  private static void requireAccount(ApiObject pod, ApiObject account) {
    String runsAs = pod.json().path("spec").path("serviceAccountName").asText("");
    if (!runsAs.equals(account.name())) {
      throw Statuses.badRequest(
          "cannot bind token for serviceaccount \"%s\" to pod running with different serviceaccount name."
              .formatted(account.name()));
    }
  }
}
