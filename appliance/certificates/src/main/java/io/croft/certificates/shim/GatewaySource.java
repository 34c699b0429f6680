package io.croft.certificates.shim;

import io.croft.certificates.api.Resources;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.Map;
import java.util.function.Consumer;

/// Gateways of the Gateway API: the certificates of their listeners.
public final class GatewaySource implements TlsSource {
  @Override
  public GroupVersionResource resource() {
    return Resources.GATEWAYS;
  }

  @Override
  public String kind() {
    return "Gateway";
  }

  @Override
  public Wish wish(ApiObject gateway, Consumer<String> complaints) {
    return Listeners.wish(
        gateway,
        Map.of(Listeners.PARENT_KIND, kind(), Listeners.PARENT_NAME, gateway.name()),
        complaints);
  }
}
