package io.croft.app.runtime;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.engine.k3s.K3sHosts;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.Workers;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.security.cert.X509Certificate;

/// What a host gets that is to run containers for the engine k3s: `GET
/// /apis/fleet.croft.io/v1alpha1/machines/NAME/k3s` is `{"token": …, "generation": …}`: with what
/// its agent of k3s logs in, and another text when that is to begin anew.
///
/// @param k3s makes it
/// @param workers who gets it
/// @param hosts tells whether it is the host that asks
/// @param others answers requests for anything else
record HostTokenRoute(K3sHosts k3s, Workers workers, Hosts hosts, AuthorizedHandler others)
    implements AuthorizedHandler {
  private static final String SUBRESOURCE = "k3s";

  /// Tells who a host is.
  @FunctionalInterface
  interface Hosts {
    /// @return the fingerprint of the host's key
    /// @throws io.croft.model.StatusException 403 for whoever is not the host itself
    String require(HttpRequest request, UserInfo user, String machine);
  }

  static String path(String machine) {
    return "/apis/%s/%s/%s/%s/%s"
        .formatted(
            FleetKinds.GROUP,
            FleetKinds.VERSION,
            FleetKinds.MACHINES.resource(),
            machine,
            SUBRESOURCE);
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    RequestInfo info = context.info();
    boolean asked =
        info.resource()
            && info.group().equals(FleetKinds.GROUP)
            && info.plural().equals(FleetKinds.MACHINES.resource())
            && info.subresource().equals(SUBRESOURCE);
    if (!asked) {
      return others.handle(request, context);
    }
    String key = hosts.require(request, context.user(), info.name());
    if (!request.method().equals("GET")) {
      throw Statuses.methodNotAllowed();
    }
    if (workers.key(info.name()).isEmpty()) {
      throw Statuses.notFound(FleetKinds.GROUP, "machines/k3s", info.name());
    }
    X509Certificate shown = request.peer().certificates().getFirst();
    try {
      return HttpResponse.of(
          200,
          "application/json",
          Json.bytes(
              Json.object()
                  .put("token", k3s.token(info.name(), key, shown))
                  .put("generation", k3s.generation())));
    } catch (IOException e) {
      throw Statuses.serviceUnavailable("no token can be made: " + e);
    }
  }
}
