package io.croft.certificates.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.EventRecorder;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import java.time.InstantSource;

/// Tells, beside an object, what happened to it.
public final class Events {
  private final EventRecorder recorder;

  public Events(ApiClient client, String component, InstantSource clock) {
    this.recorder = new EventRecorder(client, component, clock);
  }

  public void normal(ApiObject about, String reason, String message) {
    recorder.normal(reference(about), reason, message);
  }

  public void warning(ApiObject about, String reason, String message) {
    recorder.warning(reference(about), reason, message);
  }

  private static ObjectNode reference(ApiObject object) {
    ObjectNode reference =
        Json.object()
            .put("apiVersion", object.apiVersion())
            .put("kind", object.kind())
            .put("name", object.name())
            .put("uid", object.uid())
            .put("resourceVersion", object.resourceVersion());
    if (!object.namespace().isEmpty()) {
      reference.put("namespace", object.namespace());
    }
    return reference;
  }
}
