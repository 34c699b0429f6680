package io.croft.apiserver.rules;

import io.croft.apiserver.policy.MutationProgram;
import io.croft.apiserver.policy.PolicyProgram;
import io.croft.model.FieldError;
import io.croft.model.Names;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Policies of admission, those that judge and those that change, and their bindings.
public final class AdmissionPolicies {
  private static final int MAX_AUDIT_ANNOTATIONS = 20;
  private static final int MAX_VALUE_EXPRESSION = 5 << 10;

  /// A deletion has nothing that could be changed.
  private static final List<String> MUTATED = List.of("*", "CONNECT", "CREATE", "UPDATE");

  private static final Set<String> RESERVED =
      Set.of(
          "as",
          "break",
          "const",
          "continue",
          "else",
          "false",
          "for",
          "function",
          "if",
          "import",
          "in",
          "let",
          "loop",
          "namespace",
          "null",
          "package",
          "return",
          "true",
          "var",
          "void",
          "while");

  private AdmissionPolicies() {}

  public static void validating(Field object) {
    Field spec = object.at("spec");
    common(spec);
    Field validations = spec.at("validations");
    Field annotations = spec.at("auditAnnotations");
    if (validations.empty() && annotations.empty()) {
      validations.required("validations or auditAnnotations must contain at least one item");
    }
    for (Field validation : validations.items()) {
      validation.at("expression").need("expression is not specified");
      validation
          .at("reason")
          .oneOf("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized");
    }
    if (annotations.node().size() > MAX_AUDIT_ANNOTATIONS) {
      annotations.invalid("must not have more than " + MAX_AUDIT_ANNOTATIONS + " auditAnnotations");
    }
    annotations.items().forEach(a -> auditAnnotation(object.at("metadata", "name").text(), a));
    annotations.uniqueBy("key");
    PolicyProgram.compile(spec.node()).errors().forEach(spec::add);
  }

  /// The key of an annotation in the audit log begins with the name of the policy.
  private static void auditAnnotation(String policy, Field annotation) {
    Field key = annotation.at("key");
    String whole = policy + "/" + key.text();
    Names.qualifiedName(whole).forEach(e -> key.invalid(whole, e));
    Field expression = annotation.at("valueExpression");
    if (expression.need("valueExpression is not specified")
        && expression.text().strip().length() > MAX_VALUE_EXPRESSION) {
      expression.required("must not exceed " + MAX_VALUE_EXPRESSION + " bytes in length");
    }
  }

  public static void mutating(Field object) {
    Field spec = object.at("spec");
    common(spec);
    mutatedOperations(spec.at("matchConstraints", "resourceRules"));
    Field mutations = spec.at("mutations");
    if (mutations.empty()) {
      mutations.required("mutations must contain at least one item");
    }
    mutations.items().forEach(AdmissionPolicies::mutation);
    spec.at("reinvocationPolicy").needOneOf("IfNeeded", "Never");
    MutationProgram.compile(spec.node()).errors().forEach(spec::add);
  }

  private static void mutation(Field mutation) {
    Field type = mutation.at("patchType");
    type.needOneOf("ApplyConfiguration", "JSONPatch");
    switch (type.text()) {
      case "ApplyConfiguration" -> onlyPatch(mutation, type, "applyConfiguration", "jsonPatch");
      case "JSONPatch" -> onlyPatch(mutation, type, "jsonPatch", "applyConfiguration");
      default -> {}
    }
  }

  private static void onlyPatch(Field mutation, Field type, String wanted, String other) {
    if (!mutation.at(wanted).present()) {
      mutation.at(wanted).required("must be specified when patchType is " + type.text());
    } else if (mutation.at(wanted, "expression").text().isBlank()) {
      mutation.at(wanted, "expression").required("");
    }
    if (mutation.at(other).present()) {
      mutation
          .at(other)
          .invalid("{" + other + "}", "must not be specified when patchType is " + type.text());
    }
  }

  /// What a policy of either kind consists of, but for what it does.
  private static void common(Field spec) {
    if (spec.at("paramKind").present()) {
      paramKind(spec.at("paramKind"));
    }
    Field constraints = spec.at("matchConstraints");
    if (constraints.need()) {
      matchResources(constraints);
      constraints.at("resourceRules").need();
    }
    for (Field variable : spec.at("variables").items()) {
      Field name = variable.at("name");
      if (name.need("name is not specified") && !isIdentifier(name.text())) {
        name.invalid("must be a valid CEL identifier");
      }
      variable.at("expression").need("expression is not specified");
    }
    spec.at("variables").uniqueBy("name");
    spec.at("failurePolicy").oneOf("Fail", "Ignore");
    Extensions.conditions(spec.at("matchConditions"));
  }

  private static boolean isIdentifier(String text) {
    return text.matches("[_a-zA-Z][_a-zA-Z0-9]*") && !RESERVED.contains(text);
  }

  private static void paramKind(Field kind) {
    Field version = kind.at("apiVersion");
    if (version.need()) {
      if (version.text().indexOf('/') != version.text().lastIndexOf('/')) {
        version.invalid("unexpected GroupVersion string: " + version.text());
      } else if (version.text().endsWith("/")) {
        version.invalid("version must be specified");
      }
    }
    if (kind.at("kind").need()) {
      for (String error : Names.dns1035Label(kind.at("kind").text().toLowerCase(Locale.ROOT))) {
        kind.at("kind").invalid("may have mixed case, but should otherwise match: " + error);
      }
    }
  }

  private static void matchResources(Field match) {
    match.at("matchPolicy").oneOf("Equivalent", "Exact");
    Labels.selector(match.at("namespaceSelector"));
    Labels.selector(match.at("objectSelector"));
    for (String rules : List.of("resourceRules", "excludeResourceRules")) {
      for (Field rule : match.at(rules).items()) {
        Field names = rule.at("resourceNames");
        names.items().forEach(name -> name.named(Names::pathSegment));
        names.unique(Field::text, name -> name);
        Extensions.rule(rule);
      }
    }
  }

  private static void mutatedOperations(Field rules) {
    for (Field rule : rules.items()) {
      for (String operation : rule.at("operations").texts()) {
        if (!MUTATED.contains(operation)) {
          String path = rules.path() + ".operations";
          rules.add(FieldError.notSupported(path, operation, MUTATED));
        }
      }
    }
  }

  public static void validatingBinding(Field object) {
    Field spec = object.at("spec");
    binding(spec);
    Field actions = spec.at("validationActions");
    if (actions.empty()) {
      actions.required("at least one validation action is required");
    }
    actions.items().forEach(a -> a.oneOf("Audit", "Deny", "Warn"));
    actions.unique(Field::text, a -> a);
    if (actions.texts().contains("Deny") && actions.texts().contains("Warn")) {
      actions.invalid(
          "must not contain both Deny and Warn (repeating the same validation failure"
              + " information in the API response and headers serves no purpose)");
    }
  }

  public static void mutatingBinding(Field object) {
    Field spec = object.at("spec");
    binding(spec);
    mutatedOperations(spec.at("matchResources", "resourceRules"));
  }

  private static void binding(Field spec) {
    if (spec.at("policyName").need()) {
      spec.at("policyName").dnsSubdomain();
    }
    if (spec.at("matchResources").present()) {
      matchResources(spec.at("matchResources"));
    }
    if (spec.at("paramRef").present()) {
      paramRef(spec.at("paramRef"));
    }
  }

  private static void paramRef(Field reference) {
    boolean named = !reference.at("name").empty();
    boolean selected = reference.at("selector").present();
    if (named) {
      reference.at("name").named(Names::pathSegment);
    }
    if (selected) {
      Labels.selector(reference.at("selector"));
    }
    if (named && selected) {
      reference.at("name").forbidden("name and selector are mutually exclusive");
      reference.at("selector").forbidden("name and selector are mutually exclusive");
    } else if (!named && !selected) {
      reference.required("one of name or selector must be specified");
    }
    reference.at("parameterNotFoundAction").needOneOf("Allow", "Deny");
  }
}
