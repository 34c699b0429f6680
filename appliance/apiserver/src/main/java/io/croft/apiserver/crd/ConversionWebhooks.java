package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.outbound.WebhookClient;
import io.croft.apiserver.resource.VersionConversion;
import io.croft.model.ApiObject;
import io.croft.model.schema.StructuralSchema;
import java.util.List;
import java.util.Map;

/// Conversions of custom resources by webhooks, as their definitions say. Thread-safe.
public final class ConversionWebhooks {
  private final WebhookClient client;
  private final ConversionCache cache = new ConversionCache();

  public ConversionWebhooks(WebhookClient client) {
    this.client = client;
  }

  /// Whether a definition has its objects converted by a webhook.
  static boolean wantedBy(ApiObject crd) {
    JsonNode strategy = crd.json().path("spec").path("conversion").path("strategy");
    return strategy.asText("").equals("Webhook");
  }

  /// @param crd as stored
  /// @param served the version that objects are wanted in
  /// @param stored the version that they are written in
  /// @param schemas of all versions, by `apiVersion`
  VersionConversion conversion(
      ApiObject crd, String served, String stored, Map<String, StructuralSchema> schemas) {
    JsonNode settings = crd.json().path("spec").path("conversion");
    var converter = new WebhookConverter(settings, schemas, client);
    var revision = Long.parseLong(crd.resourceVersion());
    return new VersionConversion() {
      @Override
      public ObjectNode toStorage(ObjectNode object) {
        return converter.convert(List.of(object), stored).getFirst();
      }

      @Override
      public ObjectNode fromStorage(ObjectNode object) {
        return fromStorage(List.of(object)).getFirst();
      }

      @Override
      public List<ObjectNode> fromStorage(List<ObjectNode> objects) {
        // What was written under an older schema gets the defaults of today's first.
        for (ObjectNode object : objects) {
          StructuralSchema schema = schemas.get(object.path("apiVersion").asText(""));
          if (schema != null) {
            schema.applyDefaults(object);
          }
        }
        return converter.convert(objects, served);
      }

      @Override
      public ObjectNode observed(ObjectNode object) {
        ApiObject read = ApiObject.of(object);
        if (read.apiVersion().equals(served)) {
          return fromStorage(object);
        }
        var key =
            new ConversionCache.Key(
                crd.name(), revision, served, read.uid(), read.resourceVersion());
        return cache.get(key, () -> fromStorage(object));
      }
    };
  }
}
