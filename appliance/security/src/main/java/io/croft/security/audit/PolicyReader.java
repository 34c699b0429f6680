package io.croft.security.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import io.croft.security.AuditEvent.Stage;
import io.croft.security.AuditLevel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Reads audit policies, and says of everything that is wrong with one where it stands.
final class PolicyReader {
  /// Longest policy, in bytes.
  static final int MAX_BYTES = 1 << 20;

  private static final Set<String> POLICY_FIELDS =
      Set.of("apiVersion", "kind", "metadata", "omitManagedFields", "omitStages", "rules");
  private static final Set<String> RULE_FIELDS =
      Set.of(
          "level",
          "users",
          "userGroups",
          "verbs",
          "resources",
          "namespaces",
          "nonResourceURLs",
          "omitStages",
          "omitManagedFields");
  private static final List<String> LEVELS =
      Arrays.stream(AuditLevel.values()).map(AuditLevel::text).toList();
  private static final Map<String, Stage> STAGES =
      Arrays.stream(Stage.values()).collect(Collectors.toMap(Stage::text, Function.identity()));

  private final FieldErrors errors = new FieldErrors();

  private PolicyReader() {}

  /// @throws InvalidPolicyException naming all that is wrong
  static PolicyRules read(byte[] yaml) throws InvalidPolicyException {
    var reader = new PolicyReader();
    PolicyRules policy = reader.policy(parse(yaml));
    if (!reader.errors.isEmpty()) {
      throw new InvalidPolicyException(
          reader.errors.list().stream().map(FieldError::message).collect(Collectors.joining("; ")));
    }
    return policy;
  }

  private static ObjectNode parse(byte[] yaml) throws InvalidPolicyException {
    if (yaml.length > MAX_BYTES) {
      throw new InvalidPolicyException("longer than " + MAX_BYTES + " bytes");
    }
    try {
      if (Yaml.parse(yaml) instanceof ObjectNode object) {
        return object;
      }
    } catch (MalformedYamlException e) {
      throw new InvalidPolicyException("no YAML: " + e.getMessage());
    }
    throw new InvalidPolicyException("expected an object of the kind Policy of audit.k8s.io/v1");
  }

  private PolicyRules policy(ObjectNode json) {
    known(json, "", POLICY_FIELDS);
    expect(json, "apiVersion", "audit.k8s.io/v1");
    expect(json, "kind", "Policy");
    boolean omitManagedFields = flag(json, "", "omitManagedFields", false);
    var rules = new ArrayList<PolicyRule>();
    JsonNode list = json.path("rules");
    if (!list.isArray() || list.isEmpty()) {
      errors.add(FieldError.required("rules", "without rules nothing would be recorded"));
    }
    for (int i = 0; i < list.size() && !errors.isFull(); i++) {
      rules.add(rule(list.get(i), "rules[" + i + "]", omitManagedFields));
    }
    return new PolicyRules(rules, stages(json, "omitStages", ""));
  }

  private void expect(ObjectNode json, String field, String value) {
    if (!json.path(field).asText("").equals(value)) {
      errors.add(FieldError.notSupported(field, json.path(field).asText(""), List.of(value)));
    }
  }

  private PolicyRule rule(JsonNode rule, String field, boolean omitManagedFields) {
    known(rule, field + ".", RULE_FIELDS);
    List<String> paths = texts(rule, "nonResourceURLs", field);
    for (int i = 0; i < paths.size(); i++) {
      path(paths.get(i), field + ".nonResourceURLs[" + i + "]");
    }
    List<PolicyRule.Resources> resources = resources(rule.path("resources"), field + ".resources");
    Set<String> namespaces = set(rule, "namespaces", field);
    if (!paths.isEmpty() && (!resources.isEmpty() || !namespaces.isEmpty())) {
      errors.add(
          FieldError.invalid(
              field + ".nonResourceURLs",
              FieldError.OMITTED,
              "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return new PolicyRule(
        level(rule, field),
        set(rule, "users", field),
        set(rule, "userGroups", field),
        set(rule, "verbs", field),
        resources,
        namespaces,
        paths,
        stages(rule, "omitStages", field + "."),
        flag(rule, field + ".", "omitManagedFields", omitManagedFields));
  }

  private AuditLevel level(JsonNode rule, String field) {
    String level = rule.path("level").asText("");
    if (level.isEmpty()) {
      errors.add(FieldError.required(field + ".level", "one of " + String.join(", ", LEVELS)));
    } else if (!LEVELS.contains(level)) {
      errors.add(FieldError.notSupported(field + ".level", level, LEVELS));
    } else {
      return AuditLevel.parse(level);
    }
    return AuditLevel.NONE;
  }

  private void path(String path, String field) {
    int star = path.indexOf('*');
    if (!path.equals("*") && !path.startsWith("/")) {
      errors.add(
          FieldError.invalid(
              field, path, "non-resource URL rules must begin with a '/' character"));
    } else if (star >= 0 && star < path.length() - 1) {
      errors.add(
          FieldError.invalid(
              field,
              path,
              "non-resource URL wildcards '*' must be the final character of the rule"));
    }
  }

  private List<PolicyRule.Resources> resources(JsonNode list, String field) {
    var all = new ArrayList<PolicyRule.Resources>();
    for (int i = 0; i < list.size(); i++) {
      String at = field + "[" + i + "]";
      JsonNode item = list.get(i);
      known(item, at + ".", Set.of("group", "resources", "resourceNames"));
      String group = item.path("group").asText("");
      if (group.contains("/")) {
        errors.add(FieldError.invalid(at + ".group", group, "a group is without a version"));
      }
      List<String> names = texts(item, "resources", at);
      Set<String> objects = set(item, "resourceNames", at);
      if (names.isEmpty() && !objects.isEmpty()) {
        errors.add(
            FieldError.invalid(
                at + ".resourceNames",
                FieldError.OMITTED,
                "using resourceNames requires at least one resource"));
      }
      all.add(new PolicyRule.Resources(group, names, objects));
    }
    return all;
  }

  private Set<Stage> stages(JsonNode json, String name, String prefix) {
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    JsonNode list = json.path(name);
    for (int i = 0; i < list.size(); i++) {
      String text = list.get(i).asText("");
      Stage stage = STAGES.get(text);
      if (stage == null) {
        errors.add(
            FieldError.notSupported(
                prefix + name + "[" + i + "]", text, STAGES.keySet().stream().sorted().toList()));
      } else {
        stages.add(stage);
      }
    }
    return stages;
  }

  private Set<String> set(JsonNode json, String name, String field) {
    return Set.copyOf(new LinkedHashSet<>(texts(json, name, field)));
  }

  private List<String> texts(JsonNode json, String name, String field) {
    JsonNode list = json.path(name);
    if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
      errors.add(FieldError.typeInvalid(field + "." + name, list, "must be a list of texts"));
      return List.of();
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).isTextual()) {
        texts.add(list.get(i).asText());
      } else {
        errors.add(
            FieldError.typeInvalid(
                field + "." + name + "[" + i + "]", list.get(i), "must be text"));
      }
    }
    return texts;
  }

  private boolean flag(JsonNode json, String prefix, String name, boolean otherwise) {
    JsonNode value = json.path(name);
    if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
      errors.add(FieldError.typeInvalid(prefix + name, value, "must be true or false"));
    }
    return value.asBoolean(otherwise);
  }

  /// A field that is misspelt would be a rule that does not hold.
  private void known(JsonNode json, String prefix, Set<String> names) {
    for (var field : json.properties()) {
      if (!names.contains(field.getKey())) {
        errors.add(FieldError.forbidden(prefix + field.getKey(), "there is no such field"));
      }
    }
  }
}
