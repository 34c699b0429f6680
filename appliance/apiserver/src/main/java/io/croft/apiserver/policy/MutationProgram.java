package io.croft.apiserver.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.CelBudget;
import io.croft.apiserver.cel.CelCostException;
import io.croft.apiserver.cel.CelEnvironment;
import io.croft.apiserver.cel.CelException;
import io.croft.apiserver.cel.CelProgram;
import io.croft.apiserver.cel.DeclaredType;
import io.croft.apiserver.cel.PatchValues;
import io.croft.apiserver.cel.Variables;
import io.croft.model.FieldError;
import java.util.ArrayList;
import java.util.List;

/// A `MutatingAdmissionPolicy`, compiled. Immutable and thread-safe.
public final class MutationProgram {
  private final PolicyExpressions expressions;
  private final List<Mutation> mutations = new ArrayList<>();

  /// @param applies whether it gives a configuration, and not a JSON patch
  private record Mutation(CelProgram program, boolean applies, String expression) {}

  /// What a mutation makes of a request.
  public sealed interface Patch {
    /// Fields to be applied, as by server-side apply. Neither `apiVersion` nor `kind` need be
    /// there.
    record Configuration(ObjectNode fields) implements Patch {}

    /// A JSON patch.
    record Operations(ArrayNode operations) implements Patch {}
  }

  private MutationProgram(JsonNode spec) {
    expressions =
        new PolicyExpressions(spec, AdmissionTypes.environment(spec.path("paramKind").isObject()));
    CelEnvironment patches = expressions.environment().withPatches();
    int index = 0;
    for (JsonNode json : spec.path("mutations")) {
      boolean applies = json.path("patchType").asText("").equals("ApplyConfiguration");
      String part = applies ? "applyConfiguration" : "jsonPatch";
      JsonNode expression = json.path(part).path("expression");
      CelProgram program =
          expressions.compile(
              patches,
              expression,
              "spec.mutations[" + index++ + "]." + part + ".expression",
              applies ? DeclaredType.OBJECT : DeclaredType.JSON_PATCHES);
      if (program != null) {
        mutations.add(new Mutation(program, applies, expression.asText().strip()));
      }
    }
  }

  public static MutationProgram compile(JsonNode spec) {
    return new MutationProgram(spec);
  }

  /// What does not compile, by the paths of a policy.
  public List<FieldError> errors() {
    return expressions.errors();
  }

  /// Whether the policy has a say at all.
  public MatchConditions.Result matches(Variables request) {
    return expressions.matches(request);
  }

  /// How many mutations there are.
  public int size() {
    return mutations.size();
  }

  /// What one mutation gives, which nothing else has a part of. Each has a budget of its own, and
  /// sees variables that are made anew: the mutation before it has changed the object.
  ///
  /// @throws MutationException when it gives nothing that could be applied
  public Patch evaluate(int index, Variables request) throws MutationException {
    Mutation mutation = mutations.get(index);
    CelBudget budget = CelBudget.forRules();
    Object value;
    try {
      value = mutation.program.evaluate(expressions.scope(request, budget), budget);
    } catch (CelException | CelCostException e) {
      throw new MutationException(
          "expression '" + mutation.expression + "' resulted in error: " + e.getMessage());
    }
    try {
      return mutation.applies
          ? new Patch.Configuration(PatchValues.configuration(value))
          : new Patch.Operations(PatchValues.operations(value));
    } catch (CelException | CelCostException e) {
      throw new MutationException(String.valueOf(e.getMessage()));
    }
  }
}
