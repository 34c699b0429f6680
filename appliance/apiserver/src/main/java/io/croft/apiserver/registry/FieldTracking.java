package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import io.croft.apiserver.apply.FieldManager;
import io.croft.apiserver.apply.ManagedFields;
import io.croft.apiserver.apply.Ownership;
import io.croft.apiserver.apply.Versions;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.Json;
import io.croft.model.StoredJson;
import io.croft.model.schema.Topology;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps `metadata.managedFields`: who wrote which fields of an object. Thread-safe.
final class FieldTracking {
  private static final String KEY = "managedFields";

  private static final int MAX_SUBRESOURCE = 256;

  private final ResourceCatalog catalog;
  private final InstantSource clock;

  /// @param catalog knows the other versions of a resource
  FieldTracking(ResourceCatalog catalog, InstantSource clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  /// Takes out of an object what a client says about its owners, null when that is nothing, or just
  /// what is stored. What is no list stays and is refused by the schema.
  static @Nullable ArrayNode take(ApiObject object) {
    JsonNode said = object.json().path("metadata").path(KEY);
    if (said instanceof ArrayNode || said instanceof POJONode || said.isNull()) {
      object.metadata().remove(KEY);
    }
    return said instanceof ArrayNode list ? list : null;
  }

  /// Who owns what after a write that does not apply a configuration.
  ///
  /// @param object as wanted, with all defaults but without what the server alone decides
  /// @param old null when the object is new
  /// @param claimed what the client says, as taken from the object
  /// @throws io.croft.model.StatusException 422 when the client claims what cannot be
  ManagedFields updated(
      ResourceType type,
      String subresource,
      ApiObject object,
      @Nullable ApiObject old,
      @Nullable ArrayNode claimed,
      WriteOptions options) {
    ManagedFields owners = owners(type, subresource, object, old, claimed, options);
    if (owners.isEmpty() && old != null) {
      return owners; // not tracked until somebody applies
    }
    ObjectNode before = old == null ? Json.object() : old.json();
    return ownership(type, subresource)
        .updated(before, object.json(), owners, options.fieldManager());
  }

  /// What applying a configuration does.
  ///
  /// @param live empty when there is no object yet
  /// @throws io.croft.model.StatusException 400 or 409
  Ownership.Applied applied(
      ResourceType type,
      String subresource,
      ObjectNode live,
      ObjectNode configuration,
      boolean force,
      WriteOptions options) {
    return ownership(type, subresource)
        .apply(
            live,
            Part.of(type, subresource).of(configuration),
            stored(live),
            options.fieldManager(),
            force);
  }

  private Ownership ownership(ResourceType type, String subresource) {
    return new Ownership(
        type.schema().topology(),
        type.gvr().apiVersion(),
        subresource,
        Part.of(type, subresource)::of,
        new Siblings(type),
        clock.instant());
  }

  private static ManagedFields owners(
      ResourceType type,
      String subresource,
      ApiObject object,
      @Nullable ApiObject old,
      @Nullable ArrayNode claimed,
      WriteOptions options) {
    ManagedFields known = old == null ? ManagedFields.NONE : stored(old.json());
    if (claimed == null || !claims(subresource, claimed, old)) {
      return known;
    }
    if (isReset(claimed)) {
      return ManagedFields.NONE;
    }
    Registry.refuse(type, object, errors(claimed));
    try {
      return ManagedFields.parse(claimed);
    } catch (IllegalArgumentException e) {
      options
          .warnings()
          .accept("metadata.managedFields cannot be read and was ignored: " + e.getMessage());
      return known;
    }
  }

  /// Whether a client wants the record to be another; through a subresource it cannot.
  static boolean claims(String subresource, @Nullable ArrayNode claimed, @Nullable ApiObject old) {
    return claimed != null
        && subresource.isEmpty()
        && (old == null || !claimed.equals(StoredJson.read(old.json().path("metadata").path(KEY))));
  }

  /// An empty list, or one of one empty entry.
  private static boolean isReset(ArrayNode claimed) {
    return claimed.isEmpty()
        || (claimed.size() == 1 && claimed.get(0).isObject() && claimed.get(0).isEmpty());
  }

  private static List<FieldError> errors(ArrayNode claimed) {
    var errors = new ArrayList<FieldError>();
    for (int i = 0; i < claimed.size(); i++) {
      String path = "metadata.managedFields[" + i + "]";
      JsonNode entry = claimed.get(i);
      errors.addAll(FieldManager.errors(entry.path("manager").asText(""), path + ".manager"));
      if (entry.path("subresource").asText("").length() > MAX_SUBRESOURCE) {
        errors.add(FieldError.tooLong(path + ".subresource", MAX_SUBRESOURCE));
      }
      String time = entry.path("time").asText("");
      if (!time.isEmpty() && !isTime(time)) {
        errors.add(FieldError.invalid(path + ".time", time, "must be a time of RFC 3339"));
      }
    }
    return errors;
  }

  private static boolean isTime(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /// What stands in a stored object; nothing when another server has left what cannot be read.
  static ManagedFields stored(ObjectNode object) {
    try {
      return ManagedFields.parse(object.path("metadata").path(KEY));
    } catch (IllegalArgumentException e) {
      return ManagedFields.NONE;
    }
  }

  /// The other served versions of a resource.
  private final class Siblings implements Versions {
    private final ResourceType type;

    Siblings(ResourceType type) {
      this.type = type;
    }

    @Override
    public @Nullable View view(String apiVersion) {
      return sibling(apiVersion).map(other -> new Sibling(type, other)).orElse(null);
    }

    private Optional<ResourceType> sibling(String apiVersion) {
      GroupVersionKind gvk;
      try {
        gvk = GroupVersionKind.parse(apiVersion, type.kind());
      } catch (IllegalArgumentException e) {
        return Optional.empty(); // a client may claim anything
      }
      return catalog
          .snapshot()
          .find(gvk.group(), gvk.version(), type.gvr().resource())
          .filter(other -> other.backing() instanceof Backing.Stored)
          .filter(other -> other.location().equals(type.location()));
    }
  }

  /// @param written the version that is being written
  private record Sibling(ResourceType written, ResourceType other) implements Versions.View {
    @Override
    public Topology topology() {
      return other.schema().topology();
    }

    @Override
    public ObjectNode to(ObjectNode object) {
      return convert(object, written, other);
    }

    @Override
    public ObjectNode back(ObjectNode object) {
      return convert(object, other, written);
    }

    private static ObjectNode convert(ObjectNode object, ResourceType from, ResourceType to) {
      return to.conversion().fromStorage(from.conversion().toStorage(object.deepCopy()));
    }
  }
}
