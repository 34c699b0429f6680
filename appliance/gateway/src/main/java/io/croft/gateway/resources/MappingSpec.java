package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Puts what an emissary `Mapping` says into the words of an `HTTPRoute`, so that both come to the
/// same. What has no such words is refused: to serve a mapping without a part of it might let in
/// whom that part keeps out.
final class MappingSpec {
  private static final Set<String> KNOWN =
      Set.of(
          "add_request_headers",
          "add_response_headers",
          "allow_upgrade",
          "ambassador_id",
          "docs",
          "headers",
          "host",
          "host_redirect",
          "host_rewrite",
          "hostname",
          "method",
          "path_redirect",
          "prefix",
          "prefix_exact",
          "prefix_redirect",
          "prefix_regex",
          "query_parameters",
          "redirect_response_code",
          "regex_headers",
          "regex_query_parameters",
          "remove_request_headers",
          "remove_response_headers",
          "retry_policy",
          "rewrite",
          "service",
          "stats_name",
          "timeout_ms",
          "weight");

  private static final int USUAL_TIMEOUT_MILLIS = 3_000;
  private static final int MAX_TIMEOUT_MILLIS = 86_400_000;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  private final ApiObject mapping;
  private final JsonNode spec;

  private MappingSpec(ApiObject mapping) {
    this.mapping = mapping;
    this.spec = mapping.json().path("spec");
  }

  /// A route of one rule with one backend, or a redirection.
  ///
  /// @throws RouteProblem naming the field that cannot be followed
  static ApiObject toRoute(ApiObject mapping) throws RouteProblem {
    return new MappingSpec(mapping).route();
  }

  private ApiObject route() throws RouteProblem {
    for (Iterator<String> names = spec.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!KNOWN.contains(name)) {
        throw unsupported(name, "is not supported");
      }
    }
    ObjectNode json = Json.object().put("kind", "Mapping");
    json.set("metadata", mapping.json().path("metadata").deepCopy());
    ObjectNode rule = json.putObject("spec").putArray("rules").addObject();
    match(rule.putArray("matches").addObject());
    ArrayNode filters = rule.putArray("filters");
    headers(filters, "request", "RequestHeaderModifier");
    headers(filters, "response", "ResponseHeaderModifier");
    if (spec.path("host_redirect").asBoolean(false)) {
      redirect(filters);
    } else {
      rewrite(filters);
      service(rule.putArray("backendRefs").addObject());
      limits(rule);
    }
    String access = mapping.annotations().getOrDefault(Ingresses.ACCESS, "");
    if (!access.isEmpty()) {
      filters
          .addObject()
          .put("type", "ExtensionRef")
          .putObject("extensionRef")
          .put("group", Kinds.OWN_GROUP)
          .put("kind", "RouteAccess")
          .put("name", access);
    }
    return ApiObject.of(json);
  }

  private static RouteProblem unsupported(String field, String why) {
    return new RouteProblem("UnsupportedValue", "spec." + field + " " + why);
  }

  private boolean isExpression() {
    return spec.path("prefix_regex").asBoolean(false);
  }

  private boolean isExact() {
    return spec.path("prefix_exact").asBoolean(false);
  }

  private void match(ObjectNode match) throws RouteProblem {
    String prefix = spec.path("prefix").asText("");
    if (prefix.isEmpty()) {
      throw unsupported("prefix", "is missing");
    }
    match
        .putObject("path")
        .put("type", isExpression() ? "RegularExpression" : isExact() ? "Exact" : "PathPrefix")
        .put("value", prefix);
    String method = spec.path("method").asText("");
    if (!method.isEmpty()) {
      match.put("method", method.toUpperCase(Locale.ROOT));
    }
    ArrayNode headers = match.putArray("headers");
    fields(headers, "headers", false);
    fields(headers, "regex_headers", true);
    ArrayNode query = match.putArray("queryParams");
    fields(query, "query_parameters", false);
    fields(query, "regex_query_parameters", true);
  }

  /// `true` in place of a value means that the field is there.
  private void fields(ArrayNode to, String name, boolean expressions) throws RouteProblem {
    for (Map.Entry<String, JsonNode> field : spec.path(name).properties()) {
      JsonNode value = field.getValue();
      boolean present = value.isBoolean() && value.asBoolean();
      if (field.getKey().startsWith(":") || (!present && !value.isTextual())) {
        throw unsupported(name + "." + field.getKey(), "is not supported");
      }
      to.addObject()
          .put("name", field.getKey())
          .put("type", present || expressions ? "RegularExpression" : "Exact")
          .put("value", present ? ".*" : value.asText());
    }
  }

  private void headers(ArrayNode filters, String which, String type) throws RouteProblem {
    String added = "add_" + which + "_headers";
    JsonNode removed = spec.path("remove_" + which + "_headers");
    if (spec.path(added).isEmpty() && removed.isMissingNode()) {
      return;
    }
    ObjectNode filter = filters.addObject().put("type", type);
    ObjectNode edits = filter.putObject(which + "HeaderModifier");
    ArrayNode add = edits.putArray("add");
    ArrayNode set = edits.putArray("set");
    for (Map.Entry<String, JsonNode> field : spec.path(added).properties()) {
      JsonNode value = field.getValue();
      JsonNode text = value.isObject() ? value.path("value") : value;
      if (!text.isTextual()) {
        throw unsupported(added + "." + field.getKey(), "has no value");
      }
      (value.path("append").asBoolean(true) ? add : set)
          .addObject()
          .put("name", field.getKey())
          .put("value", text.asText());
    }
    ArrayNode remove = edits.putArray("remove");
    for (JsonNode name : removed.isTextual() ? List.of(removed) : removed) {
      remove.add(name.asText());
    }
  }

  private void redirect(ArrayNode filters) {
    ObjectNode redirect =
        filters.addObject().put("type", "RequestRedirect").putObject("requestRedirect");
    redirect
        .put("hostname", spec.path("service").asText(""))
        .put("statusCode", spec.path("redirect_response_code").asInt(301));
    if (spec.has("path_redirect")) {
      redirect
          .putObject("path")
          .put("type", "ReplaceFullPath")
          .put("replaceFullPath", spec.path("path_redirect").asText(""));
    } else if (spec.has("prefix_redirect")) {
      redirect
          .putObject("path")
          .put("type", "ReplacePrefixMatch")
          .put("replacePrefixMatch", spec.path("prefix_redirect").asText(""));
    }
  }

  /// Without another word the prefix is replaced by `/`; an expression is not.
  private void rewrite(ArrayNode filters) {
    String path = spec.path("rewrite").asText("/");
    String host = spec.path("host_rewrite").asText("");
    boolean same = path.isEmpty() || path.equals(spec.path("prefix").asText("")) || isExpression();
    if (same && host.isEmpty()) {
      return;
    }
    ObjectNode rewrite = filters.addObject().put("type", "URLRewrite").putObject("urlRewrite");
    if (!host.isEmpty()) {
      rewrite.put("hostname", host);
    }
    if (!same) {
      String type = isExact() ? "ReplaceFullPath" : "ReplacePrefixMatch";
      rewrite
          .putObject("path")
          .put("type", type)
          .put(isExact() ? "replaceFullPath" : "replacePrefixMatch", path);
    }
  }

  /// Whether a mapping wants TLS to its service.
  static boolean wantsTls(ApiObject mapping) {
    return mapping.json().path("spec").path("service").asText("").startsWith("https://");
  }

  /// `[http[s]://]NAME[.NAMESPACE[.svc[.cluster.local]]][:PORT]`.
  private void service(ObjectNode backend) throws RouteProblem {
    String text = spec.path("service").asText("");
    int scheme = text.indexOf("://");
    if (scheme >= 0 && !text.startsWith("http://") && !text.startsWith("https://")) {
      throw unsupported("service", "\"" + text + "\" is neither http:// nor https://");
    }
    String rest = scheme < 0 ? text : text.substring(scheme + 3);
    int colon = rest.indexOf(':');
    String name = colon < 0 ? rest : rest.substring(0, colon);
    for (String suffix : List.of(".cluster.local", ".svc")) {
      name = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
    }
    String[] parts = name.split("\\.", -1);
    if (parts.length > 2 || parts[0].isEmpty()) {
      throw unsupported(
          "service",
          "\"" + text + "\" names no service; for others there are ExternalName services");
    }
    backend.put("name", parts[0]);
    if (parts.length == 2) {
      backend.put("namespace", parts[1]);
    }
    backend.put("port", port(text, colon < 0 ? "" : rest.substring(colon + 1)));
  }

  private int port(String service, String text) throws RouteProblem {
    if (text.isEmpty()) {
      return wantsTls(mapping) ? HTTPS : HTTP;
    }
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port < 1 << 16) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw unsupported("service", "\"" + service + "\" has no good port");
  }

  private void limits(ObjectNode rule) throws RouteProblem {
    int millis = spec.path("timeout_ms").asInt(USUAL_TIMEOUT_MILLIS);
    if (millis < 0 || millis > MAX_TIMEOUT_MILLIS) {
      throw unsupported("timeout_ms", "is not from 0 to " + MAX_TIMEOUT_MILLIS);
    }
    rule.putObject("timeouts").put("request", millis == 0 ? "0s" : millis + "ms");
    JsonNode policy = spec.path("retry_policy");
    if (policy.isObject()) {
      ObjectNode retry = rule.putObject("retry");
      retry.put("attempts", Math.clamp(policy.path("num_retries").asInt(1), 0, 10));
      ArrayNode codes = retry.putArray("codes");
      switch (policy.path("retry_on").asText("")) {
        case "5xx" -> List.of(500, 502, 503, 504).forEach(codes::add);
        case "gateway-error" -> List.of(502, 503, 504).forEach(codes::add);
        case "retriable-4xx" -> codes.add(409);
        case "connect-failure", "reset", "" -> {}
        default -> throw unsupported("retry_policy.retry_on", "is not supported");
      }
    }
  }
}
