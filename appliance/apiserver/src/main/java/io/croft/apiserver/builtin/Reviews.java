package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.Column;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.GrantedRules;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.security.token.InvalidTokenException;
import io.croft.security.token.TokenVerifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The questions that are asked by creating an object: who am I, may I, may they.
public final class Reviews {
  private static final String AUTHENTICATION = "authentication.k8s.io";
  private static final String AUTHORIZATION = "authorization.k8s.io";

  private final Definitions definitions;
  private final Authorizer authorizer;
  private final TokenVerifier tokens;

  private Reviews(Definitions definitions, Authorizer authorizer, TokenVerifier tokens) {
    this.definitions = definitions;
    this.authorizer = authorizer;
    this.tokens = tokens;
  }

  public static List<ResourceType> all(
      Definitions definitions, Authorizer authorizer, TokenVerifier tokens) {
    var reviews = new Reviews(definitions, authorizer, tokens);
    return List.of(
        reviews.type(AUTHENTICATION, "SelfSubjectReview", false, Reviews::whoAmI),
        reviews.type(AUTHENTICATION, "TokenReview", false, reviews::whose),
        reviews.type(AUTHORIZATION, "SelfSubjectAccessReview", false, reviews::mayI),
        reviews.type(AUTHORIZATION, "SelfSubjectRulesReview", false, reviews::whatMayI),
        reviews.type(AUTHORIZATION, "SubjectAccessReview", false, reviews::mayThey),
        reviews.type(AUTHORIZATION, "LocalSubjectAccessReview", true, reviews::mayThey));
  }

  @FunctionalInterface
  private interface Answer {
    ObjectNode to(ObjectNode question, UserInfo user);
  }

  private ResourceType type(String group, String kind, boolean namespaced, Answer answer) {
    String definition = "io.k8s.api." + group.substring(0, group.indexOf('.')) + ".v1." + kind;
    String singular = kind.toLowerCase(Locale.ROOT);
    return new ResourceType(
        new GroupVersionResource(group, "v1", singular + "s"),
        new ResourceType.Names(kind, kind, singular, List.of(), List.of()),
        namespaced,
        Set.of("create"),
        Set.of(),
        new Backing.Computed() {
          @Override
          public ObjectNode create(ObjectNode question, String namespace, UserInfo user) {
            requireNamespace(question, namespace);
            return answer.to(question, user);
          }
        },
        definitions.schema(definition),
        null,
        Json.object().put("$ref", Definitions.REF + definition),
        List.of(Column.NAME),
        Set.of(),
        false);
  }

  /// A question put in a namespace is about that namespace, for that is what the caller may ask.
  private static void requireNamespace(ObjectNode question, String namespace) {
    JsonNode asked = question.path("spec").path("resourceAttributes").path("namespace");
    if (!namespace.isEmpty() && !asked.asText("").equals(namespace)) {
      throw Statuses.badRequest(
          "spec.resourceAttributes.namespace must be the namespace of the request, " + namespace);
    }
  }

  private static ObjectNode whoAmI(ObjectNode question, UserInfo user) {
    describe(user, question.putObject("status").putObject("userInfo"));
    return question;
  }

  /// Whose a token is; that it is nobody's is an answer too.
  private ObjectNode whose(ObjectNode question, UserInfo asker) {
    String token = question.path("spec").path("token").asText("");
    if (token.isEmpty()) {
      throw Statuses.badRequest("token is required for TokenReview in authentication");
    }
    var audiences = new ArrayList<String>();
    question.path("spec").path("audiences").forEach(a -> audiences.add(a.asText()));
    ObjectNode status = question.putObject("status");
    try {
      TokenVerifier.Verified verified = tokens.verify(token, audiences);
      status.put("authenticated", true);
      describe(verified.user(), status.putObject("user"));
      verified.audiences().forEach(status.withArray("audiences")::add);
    } catch (InvalidTokenException e) {
      status.put("error", e.getMessage());
    }
    return question;
  }

  private static void describe(UserInfo user, ObjectNode info) {
    info.put("username", user.name());
    if (!user.uid().isEmpty()) {
      info.put("uid", user.uid());
    }
    ArrayNode groups = info.putArray("groups");
    user.groups().forEach(groups::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = info.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.putArray(key)::add));
    }
  }

  private ObjectNode mayI(ObjectNode question, UserInfo user) {
    return decide(question, user);
  }

  private ObjectNode whatMayI(ObjectNode question, UserInfo user) {
    String namespace = text(question.path("spec"), "namespace");
    if (namespace.isEmpty()) {
      throw Statuses.badRequest("no namespace on request");
    }
    GrantedRules granted = authorizer.rules(user, namespace);
    ObjectNode status = question.putObject("status").put("incomplete", granted.incomplete());
    ArrayNode resources = status.putArray("resourceRules");
    ArrayNode paths = status.putArray("nonResourceRules");
    for (ObjectNode rule : granted.rules()) {
      (rule.has("nonResourceURLs") ? paths : resources).add(rule);
    }
    return question;
  }

  private ObjectNode mayThey(ObjectNode question, UserInfo asker) {
    JsonNode spec = question.path("spec");
    String name = spec.path("user").asText("");
    var groups = new ArrayList<String>();
    spec.path("groups").forEach(g -> groups.add(g.asText()));
    if (name.isEmpty() && groups.isEmpty()) {
      throw Statuses.badRequest("spec.user or spec.groups must say who is asked about");
    }
    var extra = new HashMap<String, List<String>>();
    for (var entry : spec.path("extra").properties()) {
      var values = new ArrayList<String>();
      entry.getValue().forEach(v -> values.add(v.asText()));
      extra.put(entry.getKey(), values);
    }
    // A question about groups alone is a question about somebody in them whom nothing else is
    // granted to.
    String subject = name.isEmpty() ? "system:unnamed" : name;
    return decide(
        question, new UserInfo(subject, spec.path("uid").asText(""), groups, Map.copyOf(extra)));
  }

  private ObjectNode decide(ObjectNode question, UserInfo user) {
    Decision decision = authorizer.authorize(new Attributes(user, asked(question.path("spec"))));
    ObjectNode status = question.putObject("status").put("allowed", decision.allowed());
    if (decision.verdict() == Decision.Verdict.DENY) {
      status.put("denied", true);
    }
    if (!decision.reason().isEmpty()) {
      status.put("reason", decision.reason());
    }
    return question;
  }

  private static RequestInfo asked(JsonNode spec) {
    JsonNode resource = spec.path("resourceAttributes");
    JsonNode path = spec.path("nonResourceAttributes");
    if (resource.isObject() == path.isObject()) {
      throw Statuses.badRequest(
          "exactly one of spec.resourceAttributes and spec.nonResourceAttributes must be given");
    }
    if (path.isObject()) {
      return new RequestInfo(false, text(path, "verb"), "", "", "", "", "", "", text(path, "path"));
    }
    return new RequestInfo(
        true,
        text(resource, "verb"),
        text(resource, "group"),
        text(resource, "version"),
        text(resource, "namespace"),
        text(resource, "resource"),
        text(resource, "subresource"),
        text(resource, "name"),
        "");
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText("");
  }
}
