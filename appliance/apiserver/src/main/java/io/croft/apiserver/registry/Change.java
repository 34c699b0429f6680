package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.apply.ManagedFields;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.Json;
import io.croft.model.ObjectMetaValidation;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One change of an object on its way to the store: checked against what is there, confined to the
/// part that it may touch, completed with what the server owns.
///
/// @param object the wanted state; changed in place
/// @param old what is stored
record Change(
    ResourceType type,
    ApiObject object,
    ApiObject old,
    String subresource,
    FieldTracking tracking) {
  /// The endpoints through which clients change what they want of an object.
  private static final Set<String> COUNTED = Set.of("", "ephemeralcontainers", "resize");

  /// @param owners who owns what when the object is as wanted; null when that follows from what has
  ///   changed
  /// @return whether there is anything to store
  boolean prepare(@Nullable ManagedFields owners, WriteOptions options, AdmissionChain admission) {
    ArrayNode claimed = FieldTracking.take(object);
    Shape.admit(type, object, options);
    settle();
    if (admission.mutate(AdmissionRequest.write(type, subresource, object, old, options))) {
      FieldTracking.take(object);
      Shape.admitAgain(type, object);
      settle();
    }
    ManagedFields after =
        owners == null
            ? tracking.updated(type, subresource, object, old, claimed, options)
            : owners;
    complete();
    countGeneration();
    validate();
    return owners == null
        ? claim(after, () -> FieldTracking.claims(subresource, claimed, old))
        : claim(after, () -> !after.sameFieldsAs(FieldTracking.stored(old.json())));
  }

  private void complete() {
    switch (subresource) {
      case "" -> type.strategy().prepareForUpdate(object, old);
      case "status" -> type.strategy().prepareForStatusUpdate(object, old);
      default -> {}
    }
  }

  /// Writes the owners down; but where nothing else has changed, only if they are meant to.
  private boolean claim(ManagedFields owners, BooleanSupplier meant) {
    ObjectNode metadata = object.metadata();
    JsonNode before = old.metadata().get("managedFields");
    if (before == null) {
      metadata.remove("managedFields");
    } else {
      metadata.set("managedFields", before);
    }
    boolean same = Json.same(object.json(), old.json());
    if (same && !meant.getAsBoolean()) {
      return false;
    }
    owners.writeTo(metadata);
    return !same || !Json.same(object.json(), old.json());
  }

  private void settle() {
    checkIdentity();
    keepSystemFields();
    confine();
    if (subresource.isEmpty()) {
      type.strategy().setDefaults(object);
    }
  }

  private void checkIdentity() {
    String group = Registry.group(type);
    String plural = Registry.plural(type);
    if (!object.name().equals(old.name())) {
      throw Statuses.badRequest(
          "the name of the object ("
              + object.name()
              + ") does not match the name on the URL ("
              + old.name()
              + ")");
    }
    if (!object.namespace().isEmpty() && !object.namespace().equals(old.namespace())) {
      throw Statuses.badRequest(
          "the namespace of the object ("
              + object.namespace()
              + ") does not match the namespace on the request ("
              + old.namespace()
              + ")");
    }
    object.setNamespace(old.namespace());
    if (!object.uid().isEmpty() && !object.uid().equals(old.uid())) {
      throw Statuses.conflict(
          group,
          plural,
          old.name(),
          "Precondition failed: UID in precondition: "
              + object.uid()
              + ", UID in object meta: "
              + old.uid());
    }
    if (object.resourceVersion().isEmpty() || object.resourceVersion().equals("0")) {
      if (!type.strategy().allowsUnconditionalUpdate()) {
        Registry.refuse(type, object, List.of(missingVersion()));
      }
      object.setResourceVersion(old.resourceVersion());
    } else if (!object.resourceVersion().equals(old.resourceVersion())) {
      throw Statuses.conflict(group, plural, old.name());
    }
  }

  private static FieldError missingVersion() {
    return FieldError.invalid("metadata.resourceVersion", 0, "must be specified for an update");
  }

  private void keepSystemFields() {
    object
        .setUid(old.uid())
        .setCreationTimestamp(old.creationTimestamp())
        .setDeletionTimestamp(old.deletionTimestamp())
        .setGeneration(old.generation());
    keep(object.metadata(), old.metadata(), "deletionGracePeriodSeconds");
  }

  /// An update of the object leaves its status alone; an update of a part leaves everything else
  /// alone.
  private void confine() {
    switch (subresource) {
      case "" -> {
        if (type.has("status")) {
          keep(object.json(), old.json(), "status");
        }
      }
      case "status" -> onlyPart("status");
      case "finalize" -> onlyPart("spec");
      default -> type.strategy().confine(subresource, object, old);
    }
  }

  private void onlyPart(String part) {
    JsonNode wanted = object.json().get(part);
    object.json().removeAll();
    object.json().setAll(old.copy().json());
    object.metadata().remove("managedFields"); // written down at the end
    if (wanted == null) {
      object.json().remove(part);
    } else {
      object.json().set(part, wanted);
    }
  }

  private static void keep(ObjectNode target, ObjectNode source, String field) {
    JsonNode value = source.get(field);
    if (value == null) {
      target.remove(field);
    } else {
      target.set(field, value.deepCopy());
    }
  }

  private void countGeneration() {
    boolean counts = type.strategy().countsGenerations() && COUNTED.contains(subresource);
    if (counts && !Json.same(Registry.wanted(type, object), Registry.wanted(type, old))) {
      object.setGeneration(old.generation() + 1);
    }
  }

  private void validate() {
    var errors = new ArrayList<FieldError>();
    errors.addAll(
        ObjectMetaValidation.validate(object, type.namespaced(), type.strategy().nameRule()));
    errors.addAll(ObjectMetaValidation.validateUpdate(object, old));
    errors.addAll(Shape.schemaErrors(type, object, old));
    List<FieldError> all =
        Registry.joined(errors, type.strategy().validateUpdate(subresource, object, old));
    Registry.refuse(type, object, Shape.withRules(type, all, object, old));
  }
}
