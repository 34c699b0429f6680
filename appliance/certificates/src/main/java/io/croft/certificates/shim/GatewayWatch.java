package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.Component;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.client.Selection;
import io.croft.model.ApiObject;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Follows Gateways for as long as their definition is installed, which is the user's business.
public final class GatewayWatch implements Component, Reconciler {
  private static final String DEFINITION =
      Resources.GATEWAYS.resource() + "." + Resources.GATEWAYS.group();

  private final ApiClient client;
  private final Informer definitions;
  private final Controller gateways;
  private final Controller own;
  private @Nullable Informer informer;
  private boolean stopped;

  /// @param definitions all custom resource definitions
  /// @param gateways hears of every Gateway that changes
  public GatewayWatch(ApiClient client, Informer definitions, Controller gateways) {
    this.client = client;
    this.definitions = definitions;
    this.gateways = gateways;
    this.own =
        Controller.builder("gateway-definition", this)
            .watch(
                definitions, d -> d.name().equals(DEFINITION) ? List.of(Request.of(d)) : List.of())
            .build();
  }

  @Override
  public String name() {
    return "gateway-watch";
  }

  @Override
  public void start() {
    own.start();
  }

  @Override
  public boolean ready() {
    return own.ready();
  }

  @Override
  public void stop() {
    own.stop();
    synchronized (this) {
      stopped = true;
      end();
    }
  }

  @Override
  public synchronized Result reconcile(Request key) {
    boolean wanted = definitions.get("", key.name()).filter(GatewayWatch::serves).isPresent();
    if (wanted && informer == null && !stopped) {
      informer = new Informer(client, Selection.all(Resources.GATEWAYS));
      informer.addHandler((before, after) ->
          Optional.ofNullable(after).ifPresent(g -> gateways.enqueue(Request.of(g))));
      informer.start();
    } else if (!wanted) {
      end();
    }
    return Result.DONE;
  }

  private void end() {
    if (informer != null) {
      informer.stop();
      informer = null;
    }
  }

  private static boolean serves(ApiObject definition) {
    for (JsonNode version : definition.json().at("/spec/versions")) {
      if (version.path("name").asText("").equals(Resources.GATEWAYS.version())) {
        return version.path("served").asBoolean(false)
            && Conditions.isTrue(definition, "Established")
            && definition.deletionTimestamp() == null;
      }
    }
    return false;
  }
}
