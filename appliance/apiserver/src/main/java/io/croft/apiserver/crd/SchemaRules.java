package io.croft.apiserver.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.RuleSchema;
import io.croft.model.FieldError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All `x-kubernetes-validations` of a custom resource's schema. They are compiled when the first
/// object is written, so that definitions with rules cost nothing at the start. Thread-safe.
final class SchemaRules {
  private final JsonNode openApi;
  private final boolean any;
  private volatile @Nullable RuleNode compiled;

  private SchemaRules(JsonNode openApi) {
    this.openApi = openApi;
    this.any = openApi.findValue("x-kubernetes-validations") != null;
  }

  static SchemaRules of(JsonNode openApi) {
    return new SchemaRules(openApi);
  }

  /// @param old null for a new object
  /// @return at most 100 errors
  List<FieldError> check(ObjectNode object, @Nullable ObjectNode old) {
    if (!any) {
      return List.of();
    }
    var run = new RuleRun(CelBudget.forRules());
    run.check(compiled(), object, old);
    return run.errors();
  }

  private RuleNode compiled() {
    RuleNode known = compiled;
    if (known == null) {
      synchronized (this) {
        known = compiled;
        if (known == null) {
          known = RuleNode.of(RuleSchema.ofCustomResource(openApi));
          compiled = known;
        }
      }
    }
    return known;
  }
}
