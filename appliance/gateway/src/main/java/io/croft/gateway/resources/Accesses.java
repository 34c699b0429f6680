package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.ApiObject;
import io.croft.security.Access;
import io.croft.security.AuditLevel;
import io.croft.security.RequestInfo;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Reads who is let through by a rule, of the `RouteAccess` that its filters name.
final class Accesses {
  private final Cluster cluster;

  Accesses(Cluster cluster) {
    this.cluster = cluster;
  }

  /// Without such a filter: callers who are known.
  ///
  /// @param filters of a rule
  Access of(JsonNode filters, String namespace, String field) throws RouteProblem {
    Optional<Access> access = Optional.empty();
    int i = 0;
    for (JsonNode filter : filters) {
      String at = field + "[" + i++ + "]";
      if (filter.path("type").asText("").equals("ExtensionRef")) {
        if (access.isPresent()) {
          throw new RouteProblem("IncompatibleFilters", at + ": a second RouteAccess");
        }
        access = Optional.of(named(filter.path("extensionRef"), namespace, at));
      }
    }
    return access.orElse(Access.AUTHENTICATED);
  }

  private Access named(JsonNode ref, String namespace, String field) throws RouteProblem {
    String name = ref.path("name").asText("");
    if (!ref.path("group").asText("").equals(Kinds.OWN_GROUP)
        || !ref.path("kind").asText("").equals("RouteAccess")) {
      throw new RouteProblem(
          "UnsupportedValue",
          field + ": the only extension is the kind RouteAccess of " + Kinds.OWN_GROUP);
    }
    ApiObject access =
        cluster
            .get(Kinds.ACCESSES, namespace, name)
            .orElseThrow(() ->
                new RouteProblem(
                    "UnsupportedValue",
                    field + ": there is no RouteAccess " + namespace + "/" + name));
    return read(access.json().path("spec"), field);
  }

  private static Access read(JsonNode spec, String field) throws RouteProblem {
    boolean anonymous = spec.path("authentication").asText("Required").equals("Anonymous");
    boolean forwards = spec.path("forwardAuthorization").asBoolean(false);
    if (forwards && !anonymous) {
      throw new RouteProblem(
          "UnsupportedValue",
          field + ": forwardAuthorization goes with the authentication Anonymous only");
    }
    String level = spec.path("auditLevel").asText("");
    JsonNode permission = spec.path("permission");
    return new Access(
        anonymous,
        permission.isObject() ? Optional.of(permission(permission, field)) : Optional.empty(),
        level.isEmpty() ? Optional.empty() : Optional.of(AuditLevel.parse(level)),
        forwards);
  }

  private static UnaryOperator<RequestInfo> permission(JsonNode permission, String field)
      throws RouteProblem {
    JsonNode resource = permission.path("resourceAttributes");
    JsonNode path = permission.path("nonResourceAttributes");
    if (resource.isObject() == path.isObject()) {
      throw new RouteProblem(
          "UnsupportedValue",
          field + ": permission has either resourceAttributes or nonResourceAttributes");
    }
    return resource.isObject() ? info -> ofResource(resource, info) : info -> ofPath(path, info);
  }

  private static RequestInfo ofResource(JsonNode resource, RequestInfo info) {
    return new RequestInfo(
        true,
        resource.path("verb").asText(verb(info.verb())),
        resource.path("group").asText(""),
        resource.path("version").asText("*"),
        resource.path("namespace").asText(""),
        resource.path("resource").asText(""),
        resource.path("subresource").asText(""),
        resource.path("name").asText(""),
        info.path());
  }

  /// Of the method, as the API has it for single objects.
  private static String verb(String method) {
    return switch (method) {
      case "head", "get", "options" -> "get";
      case "post" -> "create";
      case "put" -> "update";
      default -> method;
    };
  }

  private static RequestInfo ofPath(JsonNode path, RequestInfo info) {
    return new RequestInfo(
        false,
        path.path("verb").asText(info.verb()).toLowerCase(Locale.ROOT),
        "",
        "",
        "",
        "",
        "",
        "",
        path.path("path").asText(info.path()));
  }
}
