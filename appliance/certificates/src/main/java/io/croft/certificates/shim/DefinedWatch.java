package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.Component;
import io.croft.certificates.api.Conditions;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.client.Selection;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows the objects of a resource for as long as its definition is installed, which is the
/// user's business.
public final class DefinedWatch implements Component, Reconciler {
  private final ApiClient client;
  private final Informer definitions;
  private final GroupVersionResource resource;
  private final Consumer<ApiObject> changed;
  private final Controller own;
  private volatile @Nullable Informer informer;
  private boolean stopped;

  /// @param definitions all custom resource definitions
  /// @param changed hears of every object that is new or another
  public DefinedWatch(
      ApiClient client,
      Informer definitions,
      GroupVersionResource resource,
      Consumer<ApiObject> changed) {
    this.client = client;
    this.definitions = definitions;
    this.resource = resource;
    this.changed = changed;
    String definition = resource.resource() + "." + resource.group();
    this.own =
        Controller.builder(resource.resource() + "-definition", this)
            .watch(
                definitions, d -> d.name().equals(definition) ? List.of(Request.of(d)) : List.of())
            .build();
  }

  @Override
  public String name() {
    return resource.resource() + "-watch";
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
    boolean wanted = definitions.get("", key.name()).filter(this::serves).isPresent();
    if (wanted && informer == null && !stopped) {
      var started = new Informer(client, Selection.all(resource));
      started.addHandler((before, after) -> Optional.ofNullable(after).ifPresent(changed));
      started.start();
      informer = started;
    } else if (!wanted) {
      end();
    }
    return Result.DONE;
  }

  /// What there is, as far as it has been heard of.
  public List<ApiObject> list() {
    Informer followed = informer;
    return followed == null ? List.of() : followed.list();
  }

  private void end() {
    Informer ended = informer;
    if (ended != null) {
      ended.stop();
      informer = null;
    }
  }

  private boolean serves(ApiObject definition) {
    for (JsonNode version : definition.json().at("/spec/versions")) {
      if (version.path("name").asText("").equals(resource.version())) {
        return version.path("served").asBoolean(false)
            && Conditions.isTrue(definition, "Established")
            && definition.deletionTimestamp() == null;
      }
    }
    return false;
  }
}
