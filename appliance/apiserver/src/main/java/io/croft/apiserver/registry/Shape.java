package io.croft.apiserver.registry;

import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Brings what a client sent into the shape of its kind: of the right kind, without unknown fields,
/// with defaults.
public final class Shape {
  /// The most errors that stand in one message.
  private static final int MAX_SHOWN = 20;

  /// What keeps the rules of a kind from being asked: they rely on the shape of the object.
  private static final Set<FieldError.Type> BLOCKING =
      Set.of(
          FieldError.Type.NOT_SUPPORTED,
          FieldError.Type.REQUIRED,
          FieldError.Type.TOO_LONG,
          FieldError.Type.TOO_MANY,
          FieldError.Type.TYPE_INVALID);

  private Shape() {}

  /// @throws io.croft.model.StatusException 400 when the object is of another kind, or unknown
  ///   fields are refused
  static void admit(ResourceType type, ApiObject object, WriteOptions options) {
    checkKind(type, object);
    reportUnknown(type, object, options);
    complete(type, object);
  }

  /// As `admit`, for what was changed on this side: nobody is to be told of unknown fields.
  public static void admitAgain(ResourceType type, ApiObject object) {
    checkKind(type, object);
    complete(type, object);
  }

  private static void complete(ResourceType type, ApiObject object) {
    type.schema().prune(object.json());
    object.metadata().remove("selfLink");
    refuseWrongTypes(type, object);
    type.schema().applyDefaults(object.json());
  }

  private static void checkKind(ResourceType type, ApiObject object) {
    String version = type.gvr().apiVersion();
    if (!object.apiVersion().equals(version)) {
      throw Statuses.badRequest(
          object.apiVersion().isEmpty()
              ? "Object 'apiVersion' is missing"
              : "the API version in the data ("
                  + object.apiVersion()
                  + ") does not match the expected API version ("
                  + version
                  + ")");
    }
    if (!object.kind().equals(type.kind())) {
      throw Statuses.badRequest(
          object.kind().isEmpty()
              ? "Object 'Kind' is missing"
              : "the kind in the data ("
                  + object.kind()
                  + ") does not match the expected kind ("
                  + type.kind()
                  + ")");
    }
  }

  private static void reportUnknown(ResourceType type, ApiObject object, WriteOptions options) {
    switch (options.fieldValidation()) {
      case IGNORE -> {}
      case WARN -> type.schema().unknownFields(object.json()).forEach(options.warnings());
      case STRICT -> {
        List<String> unknown = type.schema().unknownFields(object.json());
        if (!unknown.isEmpty()) {
          throw Statuses.badRequest(
              type.kind()
                  + " in version \""
                  + type.gvr().version()
                  + "\" cannot be handled as a "
                  + type.kind()
                  + ": strict decoding error: "
                  + joined(unknown));
        }
      }
    }
  }

  /// A built-in kind's fields have the types of a program's structures: another type is not an
  /// invalid object but none at all.
  private static void refuseWrongTypes(ResourceType type, ApiObject object) {
    if (type.custom()) {
      return;
    }
    List<FieldError> wrong =
        type.schema().validate(object.json(), null).stream()
            .filter(e -> e.type() == FieldError.Type.TYPE_INVALID)
            .toList();
    if (!wrong.isEmpty()) {
      throw Statuses.badRequest(
          type.kind()
              + " in version \""
              + type.gvr().version()
              + "\" cannot be handled as a "
              + type.kind()
              + ": "
              + joined(wrong.stream().map(FieldError::message).toList()));
    }
  }

  /// The first few of what may be many.
  private static String joined(List<String> messages) {
    String shown = messages.stream().limit(MAX_SHOWN).collect(Collectors.joining(", "));
    int more = messages.size() - MAX_SHOWN;
    return more > 0 ? shown + ", and " + more + " more" : shown;
  }

  /// Everything wrong with an object by its schema; its metadata and its kind's own rules apart.
  static List<FieldError> schemaErrors(
      ResourceType type, ApiObject object, @Nullable ApiObject old) {
    return type.schema().validate(object.json(), old == null ? null : old.json());
  }

  /// The errors found so far, and those by the rules of the kind, if they could be asked.
  static List<FieldError> withRules(
      ResourceType type, List<FieldError> errors, ApiObject object, @Nullable ApiObject old) {
    if (!type.strategy().hasRules()) {
      return errors;
    }
    var all = new ArrayList<>(errors);
    if (errors.stream().noneMatch(error -> BLOCKING.contains(error.type()))) {
      all.addAll(type.strategy().validateRules(object, old));
    } else {
      all.add(
          FieldError.invalid(
              "<nil>",
              null,
              "some validation rules were not checked because the object was invalid; correct the"
                  + " existing errors to complete validation"));
    }
    return all;
  }
}
