package io.croft.apiserver.admission.policy;

import io.croft.apiserver.admission.RequestVariables;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.apiserver.policy.AdmissionTypes;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.apiserver.policy.PolicyProgram;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.GroupVersionKind;
import io.croft.model.GroupVersionResource;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Authorizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has `ValidatingAdmissionPolicy`s judge what is written, each as its bindings say.
public final class ValidatingPolicies implements Admission {
  private static final Logger LOG = LoggerFactory.getLogger(ValidatingPolicies.class);
  private static final GroupVersionResource NAMESPACES =
      new GroupVersionResource("", "v1", "namespaces");

  private final StoredObjects objects;
  private final Policies policies;
  private final Parameters parameters;
  private final Authorizer authorizer;

  /// @param authorizer for policies that ask what the user may do
  public ValidatingPolicies(StoredObjects objects, Authorizer authorizer) {
    this.objects = objects;
    this.policies = new Policies(objects);
    this.parameters = new Parameters(objects);
    this.authorizer = authorizer;
  }

  /// Why a request is refused.
  private record Refusal(String message, String reason) {}

  @Override
  public void validate(AdmissionRequest request) {
    List<Policy> current = policies.current();
    if (current.isEmpty()) {
      return;
    }
    var refusals = new ArrayList<Refusal>();
    for (Policy policy : current) {
      policy
          .matcher()
          .match(request, objects)
          .ifPresent(as -> judge(policy, request, as, refusals));
    }
    if (!refusals.isEmpty()) {
      throw refused(request, refusals.getFirst());
    }
  }

  private void judge(
      Policy policy, AdmissionRequest request, ResourceType as, List<Refusal> refusals) {
    Variables variables = RequestVariables.of(request, as, namespace(request), authorizer);
    for (Policy.Binding binding : policy.bindings()) {
      if (binding.matcher().match(request, objects).isEmpty()) {
        continue;
      }
      try {
        for (Object params : params(policy, binding, request)) {
          Variables all =
              name -> name.equals(AdmissionTypes.PARAMS) ? params : variables.find(name);
          judge(policy, binding, all, request, refusals);
        }
      } catch (Parameters.MissingException e) {
        if (!policy.ignoresFailure()) {
          String why = "failed to configure binding: " + e.getMessage();
          refusals.add(refusal(policy, binding, why, "Invalid"));
        }
      }
    }
  }

  private @Nullable ApiObject namespace(AdmissionRequest request) {
    return request.type().namespaced()
        ? objects.find(NAMESPACES, "", request.subject().namespace()).orElse(null)
        : null;
  }

  /// One for each time that the policy is asked.
  private List<Object> params(Policy policy, Policy.Binding binding, AdmissionRequest request)
      throws Parameters.MissingException {
    GroupVersionKind kind = policy.paramKind();
    if (kind == null || !binding.paramRef().isObject()) {
      return List.of(Values.none());
    }
    String namespace = request.type().namespaced() ? request.subject().namespace() : "";
    return parameters.find(kind, binding.paramRef(), namespace).stream()
        .map(param -> Values.of(param.json()))
        .toList();
  }

  private void judge(
      Policy policy,
      Policy.Binding binding,
      Variables variables,
      AdmissionRequest request,
      List<Refusal> refusals) {
    PolicyProgram program = policy.program();
    List<PolicyProgram.Denial> denials = new ArrayList<>();
    if (!program.errors().isEmpty()) {
      // Refused when policies are written; this one was stored before.
      String problems =
          program.errors().stream().map(FieldError::message).collect(Collectors.joining(", "));
      denials.add(new PolicyProgram.Denial(true, "Invalid", problems, 0));
    } else {
      MatchConditions.Result conditions = program.matches(variables);
      if (!conditions.problem().isEmpty()) {
        denials.add(new PolicyProgram.Denial(true, "Invalid", conditions.problem(), 0));
      } else if (conditions.met()) {
        PolicyProgram.Judgement judgement = program.judge(variables);
        denials.addAll(judgement.denials());
        judgement
            .annotations()
            .forEach((key, value) -> audit(policy.name() + "/" + key, value, request));
      }
    }
    for (PolicyProgram.Denial denial : denials) {
      if (!denial.failed() || !policy.ignoresFailure()) {
        carryOut(policy, binding, denial, request, refusals);
      }
    }
  }

  private static void carryOut(
      Policy policy,
      Policy.Binding binding,
      PolicyProgram.Denial denial,
      AdmissionRequest request,
      List<Refusal> refusals) {
    for (String action : binding.actions()) {
      switch (action) {
        case "Deny" -> refusals.add(refusal(policy, binding, denial.message(), denial.reason()));
        case "Warn" ->
            request
                .warnings()
                .accept(
                    "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s"
                        .formatted(policy.name(), binding.name(), denial.message()));
        case "Audit" ->
            audit(
                "validation.policy.admission.k8s.io/validation_failure",
                "%s/%s[%d]: %s"
                    .formatted(policy.name(), binding.name(), denial.index(), denial.message()),
                request);
        default -> {}
      }
    }
  }

  private static Refusal refusal(
      Policy policy, Policy.Binding binding, String message, String reason) {
    return new Refusal(
        "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s"
            .formatted(policy.name(), binding.name(), message),
        reason);
  }

  private static void audit(String key, String value, AdmissionRequest request) {
    LOG.atInfo()
        .addKeyValue("annotation", key)
        .addKeyValue("value", value)
        .addKeyValue("resource", request.type().gvr())
        .addKeyValue("namespace", request.subject().namespace())
        .addKeyValue("name", request.subject().name())
        .addKeyValue("user", request.user().name())
        .log("an admission policy has something to note");
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
