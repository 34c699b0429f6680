package io.croft.apiserver.admission.webhook;

import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The webhooks of one kind of configuration as they stand, read anew whenever one has been
/// written. Thread-safe.
final class Webhooks {
  static final String GROUP = "admissionregistration.k8s.io";

  private final StoredObjects objects;
  private final GroupVersionResource resource;
  private volatile @Nullable Read read;

  private record Read(ObjectStore.Mark mark, List<Webhook> webhooks) {}

  /// @param plural `mutatingwebhookconfigurations` or `validatingwebhookconfigurations`
  Webhooks(StoredObjects objects, String plural) {
    this.objects = objects;
    this.resource = new GroupVersionResource(GROUP, "v1", plural);
  }

  /// In the order of the configurations' names.
  List<Webhook> current() {
    ObjectStore.Mark mark = objects.mark(resource);
    Read known = read;
    if (known != null && known.mark().equals(mark)) {
      return known.webhooks();
    }
    var webhooks = new ArrayList<Webhook>();
    for (ApiObject configuration : objects.list(resource, "")) {
      webhooks.addAll(Webhook.of(configuration));
    }
    read = new Read(mark, List.copyOf(webhooks));
    return webhooks;
  }
}
