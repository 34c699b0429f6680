package io.croft.apiserver;

import io.croft.apiserver.controllers.ControlPlane;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.pki.FrontProxy;
import io.croft.pki.Pki;
import io.croft.pki.ServerNames;
import io.croft.security.Decision;
import io.croft.security.RequestChain;
import io.croft.security.UserInfo;
import io.croft.security.token.TokenAuthenticator;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// A test's API server with the control plane's controllers, which reach it through the real chain.
final class TestControlPlane implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  final TestApi api;
  final ApiClient client;
  final RequestChain chain;
  final FrontProxy frontProxy;
  private final List<Component> components = new ArrayList<>();

  TestControlPlane(Path directory) throws Exception {
    var pki =
        Pki.open(
            directory.resolve("pki"), ServerNames.of(List.of("localhost")), InstantSource.system());
    frontProxy = pki.frontProxy();
    api = new TestApi(directory.resolve("store"), frontProxy.client());
    chain =
        new RequestChain(
            new TokenAuthenticator(api.server.tokenVerifier()),
            attributes -> Decision.allow("test"),
            event -> {},
            api.server,
            InstantSource.system());
    UserInfo self = UserInfo.of("system:apiserver", UserInfo.MASTERS);
    client = new ApiClient(request -> chain.as(self).handle(request), "test");
    var informers = new Informers(client);
    components.add(informers);
    components.addAll(
        ControlPlane.controllers(
            api.server,
            client,
            informers,
            new ControlPlane.Trust(() -> "the root's PEM", pki::issuer, _ -> {}),
            InstantSource.system()));
    for (Component component : components) {
      component.init();
      component.start();
    }
    for (Component component : components) {
      eventually(component.name() + " is ready", component::ready);
    }
  }

  /// Waits until something holds.
  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!holds.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("in vain waited until " + what);
      }
      Thread.sleep(5);
    }
  }

  void eventuallyGone(String path) throws Exception {
    eventually(path + " is gone", () -> api.get(path).code() == 404);
  }

  @Override
  public void close() {
    for (Component component : components.reversed()) {
      component.stop();
    }
    api.close();
  }
}
