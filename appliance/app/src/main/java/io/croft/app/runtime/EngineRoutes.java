package io.croft.app.runtime;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.engine.k3s.K3sHosts;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import java.util.List;

/// Requests go to the engine, but for what only the appliance can answer: how it is itself, what is
/// in its audit log, whose the tokens are that it knows, and who may do what by its authorizers.
///
/// @param engine serves the Kubernetes API
/// @param hosts answers the engine's agents on other hosts
/// @param own the embedded API server, which here serves nothing but that
record EngineRoutes(AuthorizedHandler engine, K3sHosts hosts, AuthorizedHandler own)
    implements AuthorizedHandler {
  /// Whole groups of ours that are not resources in the store.
  private static final List<String> GROUPS = List.of("appliance.croft.io", "audit.croft.io");

  private static final List<String> HEALTH = List.of("/livez", "/readyz", "/healthz");

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    if (K3sHosts.isFor(request.path())) {
      return hosts.handle(request, context);
    }
    return isOwn(context.info()) ? own.handle(request, context) : engine.handle(request, context);
  }

  private static boolean isOwn(RequestInfo info) {
    if (!info.resource()) {
      String path = info.path();
      return HEALTH.stream().anyMatch(p -> path.equals(p) || path.startsWith(p + "/"))
          || GROUPS.stream().anyMatch(group -> isOf(group, path));
    }
    return GROUPS.contains(info.group())
        || info.group().equals("authorization.k8s.io")
        || (info.group().equals("authentication.k8s.io") && info.plural().equals("tokenreviews"));
  }

  private static boolean isOf(String group, String path) {
    String root = "/apis/" + group;
    return path.equals(root) || path.startsWith(root + "/");
  }
}
