package io.croft.apiserver;

import io.croft.apiserver.rest.Responses;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.Statuses;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// `/livez`, `/readyz` and `/healthz`: all checks, or one of them by its name.
final class Health {
  private static final List<String> PATHS = List.of("/livez", "/readyz", "/healthz");

  private final Supplier<Map<String, Boolean>> readiness;

  /// @param readiness the names of what must be ready, and whether it is
  Health(Supplier<Map<String, Boolean>> readiness) {
    this.readiness = readiness;
  }

  static boolean serves(String path) {
    return PATHS.stream().anyMatch(p -> path.equals(p) || path.startsWith(p + "/"));
  }

  HttpResponse handle(HttpRequest request, String path) {
    String endpoint = path.split("/", 3)[1];
    Map<String, Boolean> checks = new TreeMap<>();
    checks.put("ping", true);
    if (!endpoint.equals("livez")) {
      checks.putAll(readiness.get());
    }
    String only =
        path.length() > endpoint.length() + 2 ? path.substring(endpoint.length() + 2) : "";
    if (!only.isEmpty()) {
      if (!checks.containsKey(only)) {
        throw Statuses.noSuchResource();
      }
      checks.keySet().retainAll(List.of(only));
    }
    request.query().all("exclude").forEach(checks::remove);
    boolean good = !checks.containsValue(false);
    if (good && !request.query().flag("verbose")) {
      return Responses.text(200, "ok");
    }
    return Responses.text(good ? 200 : 500, report(endpoint, checks, good));
  }

  private static String report(String endpoint, Map<String, Boolean> checks, boolean good) {
    var text = new StringBuilder();
    checks.forEach((name, ok) ->
        text.append(ok ? "[+]" : "[-]").append(name).append(ok ? " ok\n" : " not ready\n"));
    return text.append(endpoint).append(good ? " check passed\n" : " check failed\n").toString();
  }
}
