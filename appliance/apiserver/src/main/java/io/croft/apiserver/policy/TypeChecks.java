package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.apiserver.cel.CelCompileException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.model.GroupVersionKind;
import io.croft.model.Shortened;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds the expressions of a `ValidatingAdmissionPolicy` against the schemas of the kinds that it
/// is about. Whatever comes of that, the policy counts: where objects are looked at, only what they
/// hold matters.
public final class TypeChecks {
  /// Enough to see what is wrong; the status that they stand in has bounds.
  private static final int MAX_WARNINGS = 100;

  private static final int MAX_WARNING_CHARS = 4096;

  private TypeChecks() {}

  /// What a policy may be asked about.
  ///
  /// @param schema of its objects
  public record Kind(GroupVersionKind gvk, RuleSchema schema) {
    private String shown() {
      String version = gvk.group().isEmpty() ? "/" + gvk.version() : gvk.apiVersion();
      return version + ", Kind=" + gvk.kind();
    }
  }

  /// @param field where the expression stands: `spec.validations[0].expression`
  /// @param text what is wrong with it, for each kind for which something is
  public record Warning(String field, String text) {}

  /// @param spec of the policy
  /// @param params the schema of the parameters; null when it is not known
  public static List<Warning> of(JsonNode spec, List<Kind> kinds, @Nullable RuleSchema params) {
    DeclaredType typedParams =
        !spec.path("paramKind").isObject()
            ? null
            : params == null ? DeclaredType.DYN : DeclaredType.of(params);
    var environments = new LinkedHashMap<String, CelEnvironment>();
    for (Kind kind : kinds) {
      CelEnvironment base = AdmissionTypes.environment(DeclaredType.of(kind.schema()), typedParams);
      environments.put(kind.shown(), new PolicyExpressions(spec, base).environment());
    }
    var warnings = new ArrayList<Warning>();
    int index = 0;
    for (JsonNode validation : spec.path("validations")) {
      String path = "spec.validations[" + index++ + "]";
      for (String part : List.of("expression", "messageExpression")) {
        if (warnings.size() < MAX_WARNINGS) {
          String text = check(validation.path(part).asText(""), environments);
          if (!text.isEmpty()) {
            warnings.add(new Warning(path + "." + part, text));
          }
        }
      }
    }
    return List.copyOf(warnings);
  }

  private static String check(String expression, Map<String, CelEnvironment> environments) {
    var found = new ArrayList<String>();
    if (!expression.isBlank()) {
      environments.forEach((kind, environment) -> {
        try {
          environment.compile(expression);
        } catch (CelCompileException e) {
          found.add(kind + ": " + e.getMessage() + "\n");
        }
      });
    }
    return Shortened.text(String.join("\n", found), MAX_WARNING_CHARS);
  }
}
