package io.croft.apiserver.admission.policy;

import io.croft.apiserver.admission.RequestVariables;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.cel.Variables;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.apiserver.policy.PolicyProgram;
import io.croft.apiserver.policy.PolicyProgram.Denial;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionResource;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Authorizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Has `ValidatingAdmissionPolicy`s judge what is written, each as its bindings say.
public final class ValidatingPolicies implements Admission {
  private static final GroupVersionResource POLICIES =
      new GroupVersionResource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies");

  private final Invocations<PolicyProgram> invocations;
  private final Authorizer authorizer;

  /// @param authorizer for policies that ask what the user may do
  public ValidatingPolicies(StoredObjects objects, Authorizer authorizer) {
    this.invocations = new Invocations<>(objects, POLICIES, PolicyProgram::compile);
    this.authorizer = authorizer;
  }

  /// Why a request is refused.
  private record Refusal(String message, String reason) {}

  @Override
  public void validate(AdmissionRequest request) {
    var judging = new Judging(request);
    invocations.forEach(request, judging);
    judging.notes.publish(request);
    if (!judging.refusals.isEmpty()) {
      throw refused(request, judging.refusals.getFirst());
    }
  }

  /// What the policies say of one request.
  private final class Judging implements Invocations.Visitor<PolicyProgram> {
    private final AdmissionRequest request;
    private final AuditNotes notes = new AuditNotes();
    private final List<Refusal> refusals = new ArrayList<>();

    /// By the version that a request is judged in.
    private final Map<GroupVersionResource, Variables> variables = new HashMap<>();

    private @Nullable ApiObject namespace;

    Judging(AdmissionRequest request) {
      this.request = request;
    }

    @Override
    public void failed(Policy<PolicyProgram> policy, Policy.Binding binding, String why) {
      refuse(policy, binding, why, "Invalid");
    }

    @Override
    public void asked(Invocation<PolicyProgram> invocation) {
      if (variables.isEmpty()) {
        namespace = invocations.namespace(request);
      }
      Variables known =
          variables.computeIfAbsent(
              invocation.as().gvr(),
              _ -> RequestVariables.of(request, invocation.as(), namespace, authorizer));
      for (Denial denial : judge(invocation, invocation.variables(known))) {
        if (!denial.failed() || !invocation.policy().ignoresFailure()) {
          carryOut(invocation, denial);
        }
      }
    }

    private List<Denial> judge(Invocation<PolicyProgram> invocation, Variables all) {
      PolicyProgram program = invocation.policy().program();
      if (!program.errors().isEmpty()) {
        // Refused when policies are written; this one was stored before.
        String problems =
            program.errors().stream().map(FieldError::message).collect(Collectors.joining(", "));
        return List.of(new Denial(true, "Invalid", problems, 0));
      }
      MatchConditions.Result conditions = program.matches(all);
      if (!conditions.problem().isEmpty()) {
        return List.of(new Denial(true, "Invalid", conditions.problem(), 0));
      }
      if (!conditions.met()) {
        return List.of();
      }
      PolicyProgram.Judgement judgement = program.judge(all);
      judgement
          .annotations()
          .forEach((key, value) -> notes.annotation(invocation.policy(), key, value));
      return judgement.denials();
    }

    private void carryOut(Invocation<PolicyProgram> invocation, Denial denial) {
      Policy<PolicyProgram> policy = invocation.policy();
      Policy.Binding binding = invocation.binding();
      if (denial.index() == Denial.NO_VALIDATION) {
        refuse(policy, binding, denial.message(), denial.reason());
        return;
      }
      for (String action : binding.actions()) {
        switch (action) {
          case "Deny" -> refuse(policy, binding, denial.message(), denial.reason());
          case "Warn" ->
              request
                  .warnings()
                  .accept(
                      "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s"
                          .formatted(policy.name(), binding.name(), denial.message()));
          case "Audit" -> notes.failure(invocation, denial);
          default -> {}
        }
      }
    }

    private void refuse(
        Policy<PolicyProgram> policy, Policy.Binding binding, String message, String reason) {
      refusals.add(
          new Refusal(
              "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s"
                  .formatted(policy.name(), binding.name(), message),
              reason));
    }
  }

  private static StatusException refused(AdmissionRequest request, Refusal refusal) {
    GroupVersionResource gvr = request.type().gvr();
    Status forbidden =
        Statuses.forbidden(gvr.group(), gvr.resource(), request.subject().name(), refusal.message())
            .status();
    int code =
        switch (refusal.reason()) {
          case "Unauthorized" -> 401;
          case "Forbidden" -> 403;
          case "RequestEntityTooLarge" -> 413;
          default -> 422;
        };
    StatusDetails details = forbidden.details();
    StatusDetails caused =
        (details == null ? StatusDetails.of("", "", "") : details)
            .withCauses(List.of(new StatusCause("", refusal.message(), "")));
    return new StatusException(
        new Status(false, code, refusal.reason(), forbidden.message(), caused));
  }
}
