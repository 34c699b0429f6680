package io.croft.certificates;

import io.croft.base.Component;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Selection;

/// Follows the metadata of objects, and nothing else of them.
public final class MetadataInformer implements Component {
  private final Informer informer;

  /// Of all Secrets.
  public MetadataInformer(ApiClient client) {
    this(client, Selection.all(Resources.SECRETS));
  }

  MetadataInformer(ApiClient client, Selection selection) {
    this.informer = new Informer(client.metadataOnly(), selection);
  }

  Informer informer() {
    return informer;
  }

  @Override
  public String name() {
    return informer.selection().resource().resource() + "-metadata";
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
