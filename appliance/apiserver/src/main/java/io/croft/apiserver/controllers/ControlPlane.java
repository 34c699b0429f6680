package io.croft.apiserver.controllers;

import io.croft.apiserver.ApiServer;
import io.croft.apiserver.controllers.garbage.GarbageCollector;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.EventRecorder;
import io.croft.client.Informers;
import io.croft.model.GroupVersionResource;
import java.time.InstantSource;
import java.util.List;

/// The loops that an API server cannot do without: what is to be deleted is emptied first, and what
/// has lost its owners goes with them.
public final class ControlPlane {
  private ControlPlane() {}

  /// @param client acts as the control plane's own identity
  /// @param informers where the controllers look; started before them
  public static List<Component> controllers(
      ApiServer server, ApiClient client, Informers informers, InstantSource clock) {
    var namespaces = informers.of(new GroupVersionResource("", "v1", "namespaces"));
    var definitions = informers.of(DefinitionReconciler.DEFINITIONS);
    return List.of(
        Controller.builder(
                "namespace-controller", new NamespaceReconciler(client, server.catalog(), clock))
            .watch(namespaces)
            .build(),
        Controller.builder("crd-controller", new DefinitionReconciler(client))
            .watch(definitions)
            .build(),
        new GarbageCollector(
            server.catalog(),
            client,
            new EventRecorder(client, "garbage-collector-controller", clock)));
  }
}
