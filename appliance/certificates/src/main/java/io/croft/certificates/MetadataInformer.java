package io.croft.certificates;

import io.croft.base.Component;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Selection;

/// Follows the metadata of all Secrets, and nothing else of them.
public final class MetadataInformer implements Component {
  private final Informer informer;

  public MetadataInformer(ApiClient client) {
    this.informer = new Informer(client.metadataOnly(), Selection.all(Resources.SECRETS));
  }

  Informer informer() {
    return informer;
  }

  @Override
  public String name() {
    return "secret-metadata";
  }

  @Override
  public void start() {
    informer.start();
  }

  @Override
  public boolean ready() {
    return informer.hasSynced();
  }

  @Override
  public void stop() {
    informer.stop();
  }
}
