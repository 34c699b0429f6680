package io.croft.model;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// The rules that hold for the metadata of every object. Scalars are expected to have the right
/// JSON types already: the schema checks those. Where lists and maps hold wrong types, nothing else
/// is looked at.
public final class ObjectMetaValidation {
  /// Most that all keys and values of the annotations may add up to, in bytes.
  public static final int MAX_ANNOTATIONS_BYTES = 256 << 10;

  private static final String ORPHAN = "orphan";
  private static final String FOREGROUND = "foregroundDeletion";

  private ObjectMetaValidation() {}

  /// The rules for a creation, after a name has been generated.
  ///
  /// @param namespaced whether the kind lives in namespaces
  /// @return what is wrong, in the order of kube-apiserver, at most 100 errors; empty when nothing
  ///   is
  public static List<FieldError> validate(ApiObject object, boolean namespaced, NameRule rule) {
    var errors = new FieldErrors();
    if (!ObjectMetaTypes.check(object.metadata(), errors)) {
      return errors.list();
    }
    name(object, rule, errors);
    namespace(object.namespace(), namespaced, errors);
    generation(object, errors);
    common(object, errors);
    finalizers(object.finalizers(), errors);
    return errors.list();
  }

  /// The rules for an update, which has been given the old object's fixed fields where it left them
  /// out. At most 100 errors.
  public static List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    var errors = new FieldErrors();
    if (!ObjectMetaTypes.check(object.metadata(), errors)) {
      return errors.list();
    }
    if (old.deletionTimestamp() != null) {
      noNewFinalizers(object.finalizers(), old.finalizers(), errors);
    }
    if (object.resourceVersion().isEmpty()) {
      errors.add(
          FieldError.invalid("metadata.resourceVersion", "", "must be specified for an update"));
    }
    generation(object, errors);
    if (object.generation() < old.generation()) {
      errors.add(
          FieldError.invalid(
              "metadata.generation", object.generation(), "must not be decremented"));
    }
    for (String field :
        List.of(
            "name",
            "namespace",
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds")) {
      immutable(object, old, field, errors);
    }
    common(object, errors);
    return errors.list();
  }

  private static void name(ApiObject object, NameRule rule, FieldErrors errors) {
    String prefix = object.generateName();
    if (!prefix.isEmpty()) {
      rule.check(prefix, true)
          .forEach(e -> errors.add(FieldError.invalid("metadata.generateName", prefix, e)));
    }
    String name = object.name();
    if (name.isEmpty()) {
      errors.add(FieldError.required("metadata.name", "name or generateName is required"));
    } else {
      rule.check(name, false)
          .forEach(e -> errors.add(FieldError.invalid("metadata.name", name, e)));
    }
  }

  private static void namespace(String namespace, boolean namespaced, FieldErrors errors) {
    if (!namespaced) {
      if (!namespace.isEmpty()) {
        errors.add(FieldError.forbidden("metadata.namespace", "not allowed on this type"));
      }
    } else if (namespace.isEmpty()) {
      errors.add(FieldError.required("metadata.namespace", ""));
    } else {
      Names.dns1123Label(namespace)
          .forEach(e -> errors.add(FieldError.invalid("metadata.namespace", namespace, e)));
    }
  }

  private static void generation(ApiObject object, FieldErrors errors) {
    if (object.generation() < 0) {
      errors.add(
          FieldError.invalid(
              "metadata.generation", object.generation(), "must be greater than or equal to 0"));
    }
  }

  private static void common(ApiObject object, FieldErrors errors) {
    labels(object, errors);
    annotations(object, errors);
    ownerReferences(object, errors);
  }

  private static void labels(ApiObject object, FieldErrors errors) {
    for (var label : object.labels().entrySet()) {
      if (errors.isFull()) {
        return;
      }
      String key = label.getKey();
      String value = label.getValue();
      Names.qualifiedName(key)
          .forEach(e -> errors.add(FieldError.invalid("metadata.labels", key, e)));
      Names.labelValue(value)
          .forEach(e -> errors.add(FieldError.invalid("metadata.labels", value, e)));
    }
  }

  private static void annotations(ApiObject object, FieldErrors errors) {
    long bytes = 0;
    for (var annotation : object.annotations().entrySet()) {
      if (errors.isFull()) {
        return;
      }
      String key = annotation.getKey();
      // Unlike a label's, an annotation's prefix may hold capitals.
      Names.qualifiedName(key.toLowerCase(Locale.ROOT))
          .forEach(e -> errors.add(FieldError.invalid("metadata.annotations", key, e)));
      bytes += utf8Length(key) + utf8Length(annotation.getValue());
    }
    if (bytes > MAX_ANNOTATIONS_BYTES) {
      errors.add(FieldError.tooLong("metadata.annotations", MAX_ANNOTATIONS_BYTES));
    }
  }

  private static long utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static void ownerReferences(ApiObject object, FieldErrors errors) {
    String controller = "";
    int i = 0;
    for (OwnerReference owner : object.ownerReferences()) {
      if (errors.isFull()) {
        return;
      }
      ownerReference(owner, "metadata.ownerReferences[" + i++ + "]", errors);
      if (!owner.controller()) {
        continue;
      }
      String name = owner.kind() + "/" + owner.name();
      if (controller.isEmpty()) {
        controller = name;
      } else {
        String detail =
            "Only one reference can have Controller set to true. Found \"true\" in references for "
                + controller
                + " and "
                + name;
        errors.add(
            FieldError.invalid(
                "metadata.ownerReferences", object.metadata().get("ownerReferences"), detail));
      }
    }
  }

  private static void ownerReference(OwnerReference owner, String path, FieldErrors errors) {
    if (!owner.apiVersion().isEmpty() && !isApiVersion(owner.apiVersion())) {
      errors.add(
          FieldError.invalid(
              path + ".apiVersion", owner.apiVersion(), "must be <group>/<version> or <version>"));
    }
    notEmpty(path + ".apiVersion", owner.apiVersion(), errors);
    notEmpty(path + ".kind", owner.kind(), errors);
    notEmpty(path + ".name", owner.name(), errors);
    notEmpty(path + ".uid", owner.uid(), errors);
    if (owner.apiVersion().equals("v1") && owner.kind().equals("Event")) {
      errors.add(
          FieldError.invalid(
              path, owner.toJson(), "/v1, Kind=Event is disallowed from being an owner"));
    }
  }

  private static void notEmpty(String field, String value, FieldErrors errors) {
    if (value.isEmpty()) {
      errors.add(FieldError.required(field, "must not be empty"));
    }
  }

  private static boolean isApiVersion(String text) {
    int slash = text.indexOf('/');
    return slash == text.lastIndexOf('/') && slash < text.length() - 1;
  }

  private static void finalizers(List<String> finalizers, FieldErrors errors) {
    for (String finalizer : finalizers) {
      if (errors.isFull()) {
        return;
      }
      Names.qualifiedName(finalizer)
          .forEach(e -> errors.add(FieldError.invalid("metadata.finalizers", finalizer, e)));
    }
    if (finalizers.contains(ORPHAN) && finalizers.contains(FOREGROUND)) {
      errors.add(
          FieldError.invalid(
              "metadata.finalizers",
              finalizers,
              "finalizer orphan and foregroundDeletion cannot be both set"));
    }
  }

  private static void noNewFinalizers(
      List<String> finalizers, List<String> old, FieldErrors errors) {
    Set<String> known = Set.copyOf(old);
    String added =
        finalizers.stream()
            .filter(finalizer -> !known.contains(finalizer))
            .distinct()
            .sorted()
            .limit(FieldErrors.MAX)
            .map(Quoted::text)
            .collect(Collectors.joining(", "));
    if (!added.isEmpty()) {
      errors.add(
          FieldError.forbidden(
              "metadata.finalizers",
              "no new finalizers can be added if the object is being deleted, found new finalizers"
                  + " []string{"
                  + added
                  + "}"));
    }
  }

  private static void immutable(ApiObject object, ApiObject old, String field, FieldErrors errors) {
    var value = object.metadata().get(field);
    if (!Objects.equals(value, old.metadata().get(field))) {
      errors.add(FieldError.invalid("metadata." + field, value, "field is immutable"));
    }
  }
}
