package io.croft.apiserver.admission.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.policy.MutationProgram;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.Status;
import io.croft.model.StatusCause;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.security.Authorizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Has `MutatingAdmissionPolicy`s complete objects, one after another. One that wants to is asked
/// once more when the object has been changed since.
public final class MutatingPolicies implements Admission {
  private static final GroupVersionResource POLICIES =
      new GroupVersionResource(
          "admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicies");

  private final Invocations<MutationProgram> invocations;
  private final Mutator mutator;

  /// @param authorizer for policies that ask what the user may do
  public MutatingPolicies(StoredObjects objects, Authorizer authorizer) {
    this.invocations = new Invocations<>(objects, POLICIES, MutationProgram::compile);
    this.mutator = new Mutator(authorizer);
  }

  /// Tells invocations apart that are made for one request.
  private record Key(String policy, String binding, String namespace, String name) {
    static Key of(Invocation<?> invocation) {
      ApiObject param = invocation.param();
      return new Key(
          invocation.policy().name(),
          invocation.binding().name(),
          param == null ? "" : param.namespace(),
          param == null ? "" : param.name());
    }
  }

  /// What is kept of a request between the two rounds.
  private static final class Rounds {
    /// Those that are to be asked again if the object changes.
    private final Set<Key> waiting = new HashSet<>();

    /// Those that it has changed for.
    private final Set<Key> again = new HashSet<>();

    private boolean second;

    /// How the first round has left the object; null when nobody waits.
    private @Nullable ObjectNode left;

    private void changed() {
      again.addAll(waiting);
      waiting.clear();
    }
  }

  /// The policies' wishes for one request.
  private static final class Wishes implements Invocations.Visitor<MutationProgram> {
    private final List<Invocation<MutationProgram>> asked = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();

    @Override
    public void asked(Invocation<MutationProgram> invocation) {
      asked.add(invocation);
    }

    @Override
    public void failed(Policy<MutationProgram> policy, Policy.Binding binding, String why) {
      errors.add(denied(policy, binding, why));
    }
  }

  private static String denied(Policy<?> policy, Policy.Binding binding, String why) {
    return "policy '%s' with binding '%s' denied request: %s"
        .formatted(policy.name(), binding.name(), why);
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    ApiObject object = request.object();
    if (object == null) {
      return false; // nothing to change in a deletion
    }
    var wishes = new Wishes();
    invocations.forEach(request, wishes);
    if (!wishes.errors.isEmpty() && wishes.asked.isEmpty()) {
      throw refused(request, "Forbidden", wishes.errors);
    }
    if (wishes.asked.isEmpty()) {
      return false;
    }
    var rounds = (Rounds) request.notes().computeIfAbsent(this, _ -> new Rounds());
    if (rounds.left != null && !Json.same(object.json(), rounds.left)) {
      rounds.changed();
    }
    boolean changed = run(request, object, wishes, rounds);
    rounds.second = true;
    rounds.left = rounds.waiting.isEmpty() ? null : object.json().deepCopy();
    return changed;
  }

  private boolean run(AdmissionRequest request, ApiObject object, Wishes wishes, Rounds rounds) {
    String reason = wishes.errors.isEmpty() ? "Invalid" : "Forbidden";
    ApiObject namespace = invocations.namespace(request);
    boolean changed = false;
    for (Invocation<MutationProgram> invocation : wishes.asked) {
      Key key = Key.of(invocation);
      if (rounds.second && !rounds.again.contains(key)) {
        continue;
      }
      Mutator.Outcome outcome = mutator.mutate(invocation, request, object, namespace);
      if (!invocation.policy().ignoresFailure()) {
        outcome
            .errors()
            .forEach(
                why -> wishes.errors.add(denied(invocation.policy(), invocation.binding(), why)));
      }
      if (outcome.changed()) {
        changed = true;
        rounds.changed();
      }
      if (outcome.met() && invocation.policy().isReinvoked()) {
        rounds.waiting.add(key);
      }
    }
    if (!wishes.errors.isEmpty()) {
      throw refused(request, reason, wishes.errors);
    }
    return changed;
  }

  private static StatusException refused(
      AdmissionRequest request, String reason, List<String> errors) {
    GroupVersionResource gvr = request.type().gvr();
    StatusDetails details = StatusDetails.of(gvr.group(), gvr.resource(), request.subject().name());
    List<StatusCause> causes = errors.stream().map(why -> new StatusCause("", why, "")).toList();
    return new StatusException(
        new Status(false, 403, reason, errors.getFirst(), details.withCauses(causes)));
  }
}
