package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.resource.JsonPath;
import io.croft.apiserver.rules.Extensions;
import io.croft.apiserver.rules.Field;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Names;
import io.croft.model.schema.StructuralSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What makes a custom resource definition valid.
final class CrdValidation {
  private static final Set<String> COLUMN_TYPES =
      Set.of("integer", "number", "string", "boolean", "date");

  private CrdValidation() {}

  static List<FieldError> validate(ApiObject crd) {
    return validate(crd, true);
  }

  /// @param rules whether the rules in schemas are checked, too
  private static List<FieldError> validate(ApiObject crd, boolean rules) {
    var errors = new ArrayList<FieldError>();
    JsonNode spec = crd.json().path("spec");
    names(crd, spec, errors);
    String scope = spec.path("scope").asText("");
    if (!scope.equals("Cluster") && !scope.equals("Namespaced")) {
      errors.add(FieldError.notSupported("spec.scope", scope, List.of("Cluster", "Namespaced")));
    }
    var conversion = new FieldErrors();
    Extensions.conversion(Field.root(crd, conversion).at("spec", "conversion"));
    errors.addAll(conversion.list());
    if (spec.path("preserveUnknownFields").asBoolean(false)) {
      errors.add(
          FieldError.invalid(
              "spec.preserveUnknownFields",
              true,
              "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in"
                  + " spec.versions[*].schema instead"));
    }
    versions(spec.path("versions"), rules, errors);
    return errors;
  }

  private static void names(ApiObject crd, JsonNode spec, List<FieldError> errors) {
    JsonNode names = spec.path("names");
    String group = spec.path("group").asText("");
    String plural = names.path("plural").asText("");
    if (group.isEmpty()) {
      errors.add(FieldError.required("spec.group", ""));
    } else if (!group.contains(".")) {
      errors.add(
          FieldError.invalid("spec.group", group, "should be a domain with at least one dot"));
    } else {
      Names.dns1123Subdomain(group)
          .forEach(e -> errors.add(FieldError.invalid("spec.group", group, e)));
    }
    if (!crd.name().equals(plural + "." + group)) {
      errors.add(
          FieldError.invalid(
              "metadata.name", crd.name(), "must be spec.names.plural+\".\"+spec.group"));
    }
    label("spec.names.plural", plural, errors);
    label("spec.names.singular", names.path("singular").asText(""), errors);
    kind("spec.names.kind", names.path("kind").asText(""), errors);
    kind("spec.names.listKind", names.path("listKind").asText(""), errors);
    if (!names.path("kind").asText("").isEmpty()
        && names.path("kind").asText("").equals(names.path("listKind").asText(""))) {
      errors.add(
          FieldError.invalid(
              "spec.names.listKind",
              names.path("listKind").asText(""),
              "kind and listKind may not be the same"));
    }
    for (String field : List.of("shortNames", "categories")) {
      int index = 0;
      for (JsonNode name : names.path(field)) {
        label("spec.names." + field + "[" + index++ + "]", name.asText(), errors);
      }
    }
  }

  private static void label(String path, String value, List<FieldError> errors) {
    if (value.isEmpty()) {
      errors.add(FieldError.required(path, ""));
      return;
    }
    Names.dns1035Label(value).forEach(e -> errors.add(FieldError.invalid(path, value, e)));
  }

  private static void kind(String path, String value, List<FieldError> errors) {
    if (value.isEmpty()) {
      errors.add(FieldError.required(path, ""));
      return;
    }
    Names.dns1035Label(value.toLowerCase(Locale.ROOT))
        .forEach(e ->
            errors.add(
                FieldError.invalid(
                    path, value, "may have mixed case, but should otherwise match: " + e)));
  }

  private static void versions(JsonNode versions, boolean rules, List<FieldError> errors) {
    if (versions.isEmpty()) {
      errors.add(FieldError.required("spec.versions", "must have at least one version"));
      return;
    }
    var seen = new HashSet<String>();
    int served = 0;
    int storage = 0;
    int index = 0;
    for (JsonNode version : versions) {
      String path = "spec.versions[" + index++ + "]";
      String name = version.path("name").asText("");
      label(path + ".name", name, errors);
      if (!seen.add(name)) {
        errors.add(FieldError.invalid(path + ".name", name, "must be unique"));
      }
      served += version.path("served").asBoolean(false) ? 1 : 0;
      storage += version.path("storage").asBoolean(false) ? 1 : 0;
      version(version, path, rules, errors);
    }
    if (served == 0) {
      errors.add(
          FieldError.invalid(
              "spec.versions", "no served version", "must have at least one served version"));
    }
    if (storage != 1) {
      errors.add(
          FieldError.invalid(
              "spec.versions",
              storage + " storage versions",
              "must have exactly one version marked as storage version"));
    }
  }

  private static void version(
      JsonNode version, String path, boolean rules, List<FieldError> errors) {
    JsonNode schema = version.path("schema").path("openAPIV3Schema");
    if (schema.isMissingNode()) {
      errors.add(FieldError.required(path + ".schema.openAPIV3Schema", "schemas are required"));
    } else {
      String at = path + ".schema.openAPIV3Schema";
      List<FieldError> shape = StructuralSchema.structuralErrors(schema, at);
      errors.addAll(shape);
      if (rules && shape.isEmpty()) {
        errors.addAll(RuleChecks.check(schema, at));
      }
    }
    int index = 0;
    for (JsonNode column : version.path("additionalPrinterColumns")) {
      column(column, path + ".additionalPrinterColumns[" + index++ + "]", errors);
    }
    index = 0;
    for (JsonNode field : version.path("selectableFields")) {
      String fieldPath = path + ".selectableFields[" + index++ + "].jsonPath";
      try {
        JsonPath.parse(field.path("jsonPath").asText("")).dotted();
      } catch (IllegalArgumentException e) {
        errors.add(
            FieldError.invalid(
                fieldPath, field.path("jsonPath").asText(""), String.valueOf(e.getMessage())));
      }
    }
  }

  private static void column(JsonNode column, String path, List<FieldError> errors) {
    if (column.path("name").asText("").isEmpty()) {
      errors.add(FieldError.required(path + ".name", ""));
    }
    String type = column.path("type").asText("");
    if (!COLUMN_TYPES.contains(type)) {
      errors.add(
          FieldError.notSupported(path + ".type", type, COLUMN_TYPES.stream().sorted().toList()));
    }
    String jsonPath = column.path("jsonPath").asText("");
    // One that this server cannot follow leaves its cells empty; that is no reason to refuse a
    // definition.
    if (jsonPath.isEmpty()) {
      errors.add(FieldError.required(path + ".jsonPath", ""));
    }
  }

  private static JsonNode versions(ApiObject crd) {
    return crd.json().path("spec").path("versions");
  }

  static List<FieldError> validateUpdate(ApiObject crd, ApiObject old) {
    // Compiling takes its time, and what was accepted once stays so.
    boolean rules = !versions(crd).equals(versions(old));
    var errors = new ArrayList<>(validate(crd, rules));
    boolean established = CrdConditions.isTrue(old, CrdConditions.ESTABLISHED);
    for (List<String> path :
        List.of(
            List.of("group"),
            List.of("names", "plural"),
            List.of("names", "kind"),
            List.of("scope"))) {
      JsonNode before = old.json().path("spec");
      JsonNode now = crd.json().path("spec");
      for (String step : path) {
        before = before.path(step);
        now = now.path(step);
      }
      boolean fixed = established || !path.getLast().equals("kind");
      if (fixed && !before.equals(now)) {
        errors.add(
            FieldError.invalid(
                "spec." + String.join(".", path), now.asText(""), "field is immutable"));
      }
    }
    storedVersions(crd, errors);
    return errors;
  }

  /// A version that objects may be stored in cannot be taken away.
  private static void storedVersions(ApiObject crd, List<FieldError> errors) {
    var names = new HashSet<String>();
    crd.json().path("spec").path("versions").forEach(v -> names.add(v.path("name").asText()));
    int index = 0;
    for (JsonNode stored : crd.json().path("status").path("storedVersions")) {
      if (!names.contains(stored.asText())) {
        errors.add(
            FieldError.invalid(
                "status.storedVersions[" + index + "]",
                stored.asText(),
                "missing from spec.versions; "
                    + stored.asText()
                    + " was previously a storage version, and must remain in spec.versions until a"
                    + " storage migration ensures no data remains persisted in "
                    + stored.asText()
                    + " and removes "
                    + stored.asText()
                    + " from status.storedVersions"));
      }
      index++;
    }
  }
}
