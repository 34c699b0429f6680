package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.RequestDescription;
import io.croft.apiserver.admission.RequestVariables;
import io.croft.apiserver.apply.Overlay;
import io.croft.apiserver.cel.Variables;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.apiserver.policy.MutationException;
import io.croft.apiserver.policy.MutationProgram;
import io.croft.apiserver.policy.MutationProgram.Patch;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.registry.Shape;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.patch.JsonPatch;
import io.croft.model.patch.PatchException;
import io.croft.security.Authorizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Carries out the mutations of a policy, in their order. One that fails leaves the object as it
/// was, and the others go on.
final class Mutator {
  private final Authorizer authorizer;

  Mutator(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  /// What a policy has done to a request.
  ///
  /// @param met whether its conditions are met
  /// @param changed whether the object is another now
  /// @param errors why it could not be asked, or what kept mutations from being carried out
  record Outcome(boolean met, boolean changed, List<String> errors) {
    static Outcome failed(String why) {
      return new Outcome(false, false, List.of(why));
    }
  }

  /// @param object that of the request, which is changed
  /// @param namespace of the object; null where there is none
  Outcome mutate(
      Invocation<MutationProgram> invocation,
      AdmissionRequest request,
      ApiObject object,
      @Nullable ApiObject namespace) {
    ResourceType as = invocation.as();
    MutationProgram program = invocation.policy().program();
    if (!program.errors().isEmpty()) {
      // Refused when policies are written; this one was stored before.
      return Outcome.failed(
          program.errors().stream().map(FieldError::message).collect(Collectors.joining(", ")));
    }
    ObjectNode before = RequestDescription.convert(object.json().deepCopy(), request.type(), as);
    MatchConditions.Result conditions =
        program.matches(variables(invocation, request, namespace, before));
    if (!conditions.problem().isEmpty()) {
      return Outcome.failed(conditions.problem());
    }
    if (!conditions.met()) {
      return new Outcome(false, false, List.of());
    }
    var errors = new ArrayList<String>();
    ObjectNode current = before;
    for (int i = 0; i < program.size(); i++) {
      try {
        Patch patch = program.evaluate(i, variables(invocation, request, namespace, current));
        current = patched(current, patch, as);
      } catch (MutationException e) {
        errors.add(String.valueOf(e.getMessage()));
      }
    }
    boolean changed = !Json.same(before, current);
    if (changed) {
      ObjectNode result = RequestDescription.convert(current.deepCopy(), as, request.type());
      object.json().removeAll();
      object.json().setAll(result);
    }
    return new Outcome(true, changed, errors);
  }

  private Variables variables(
      Invocation<?> invocation,
      AdmissionRequest request,
      @Nullable ApiObject namespace,
      ObjectNode object) {
    return invocation.variables(
        RequestVariables.of(request, invocation.as(), namespace, authorizer, object));
  }

  /// @param object not changed
  /// @return the same object, or a tree of its own
  private static ObjectNode patched(ObjectNode object, Patch patch, ResourceType as)
      throws MutationException {
    return switch (patch) {
      case Patch.Configuration(ObjectNode fields) -> complete(applied(object, fields, as), as);
      case Patch.Operations(ArrayNode operations) -> {
        try {
          if (JsonPatch.apply(object, operations) instanceof ObjectNode result) {
            yield complete(result, as);
          }
          throw new MutationException("JSONPath: no object is left");
        } catch (PatchException e) {
          if (e.reason() == PatchException.Reason.TEST_FAILED) {
            yield object; // the policy has found that there is nothing to do
          }
          throw new MutationException("JSONPath: " + e.getMessage());
        }
      }
    };
  }

  private static ObjectNode applied(ObjectNode object, ObjectNode fields, ResourceType as)
      throws MutationException {
    fields.put("apiVersion", as.gvr().apiVersion()).put("kind", as.kind());
    try {
      return Overlay.apply(object, fields, as.schema().topology()).deepCopy();
    } catch (Overlay.RefusedException e) {
      throw new MutationException("error applying patch: " + e.getMessage());
    }
  }

  /// With the defaults of the kind, as others are to see it.
  ///
  /// @param object changed in place
  private static ObjectNode complete(ObjectNode object, ResourceType as) throws MutationException {
    List<String> unknown = as.schema().unknownFields(object);
    if (!unknown.isEmpty()) {
      throw new MutationException("strict decoding error: " + unknown.getFirst());
    }
    try {
      Shape.admitAgain(as, ApiObject.of(object));
    } catch (StatusException e) {
      throw new MutationException(e.status().message());
    }
    as.strategy().setDefaults(ApiObject.of(object));
    return object;
  }
}
