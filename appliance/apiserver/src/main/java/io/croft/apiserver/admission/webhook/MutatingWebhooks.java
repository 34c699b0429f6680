package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.RequestDescription;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Statuses;
import io.croft.model.patch.JsonPatch;
import io.croft.model.patch.PatchException;
import io.croft.security.Authorizer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Has webhooks complete objects, one after another. One that wants to is asked once more when the
/// object has been changed since.
public final class MutatingWebhooks implements Admission {
  /// The most operations of a webhook's patch.
  private static final int MAX_OPERATIONS = 10_000;

  private final Webhooks webhooks;
  private final WebhookCaller caller;

  public MutatingWebhooks(StoredObjects objects, Authorizer authorizer) {
    this.webhooks = new Webhooks(objects, "mutatingwebhookconfigurations");
    this.caller = new WebhookCaller(objects, authorizer);
  }

  /// What is kept of a request between the two rounds: the object as each webhook left it.
  private static final class Rounds {
    final Deadline deadline = new Deadline();
    final Map<String, JsonNode> left = new HashMap<>();
    boolean second;
  }

  @Override
  public boolean mutate(AdmissionRequest request) {
    List<Webhook> current = webhooks.current();
    if (current.isEmpty()) {
      return false;
    }
    var rounds = (Rounds) request.notes().computeIfAbsent(this, _ -> new Rounds());
    boolean changed = false;
    for (Webhook webhook : current) {
      if (rounds.second && !again(webhook, request, rounds)) {
        continue;
      }
      Optional<WebhookCaller.Call> call = caller.call(webhook, request);
      if (call.isPresent()) {
        Duration left = rounds.deadline.left();
        changed |= apply(caller.ask(call.get(), request, left), call.get(), request);
        remember(webhook, request, rounds);
      }
    }
    rounds.second = true;
    return changed;
  }

  private static boolean again(Webhook webhook, AdmissionRequest request, Rounds rounds) {
    JsonNode left = rounds.left.get(webhook.key());
    ApiObject object = request.object();
    return webhook.reinvoked() && left != null && object != null && !left.equals(object.json());
  }

  private static void remember(Webhook webhook, AdmissionRequest request, Rounds rounds) {
    ApiObject object = request.object();
    if (webhook.reinvoked() && object != null) {
      rounds.left.put(webhook.key(), object.json().deepCopy());
    }
  }

  private static boolean apply(
      WebhookCaller.Answer answer, WebhookCaller.Call call, AdmissionRequest request) {
    ApiObject object = request.object();
    if (object == null || answer.patch().isEmpty()) {
      return false;
    }
    if (!(answer.patch() instanceof ArrayNode operations) || operations.size() > MAX_OPERATIONS) {
      throw unusable(call, "it is not a list of at most " + MAX_OPERATIONS + " operations");
    }
    ObjectNode asked =
        RequestDescription.convert(object.json().deepCopy(), request.type(), call.as());
    JsonNode patched;
    try {
      patched = JsonPatch.apply(asked, operations);
    } catch (PatchException e) {
      throw unusable(call, String.valueOf(e.getMessage()));
    }
    if (!(patched instanceof ObjectNode whole)) {
      throw unusable(call, "it leaves no object");
    }
    ObjectNode result = RequestDescription.convert(whole, call.as(), request.type());
    if (Json.same(result, object.json())) {
      return false;
    }
    object.json().removeAll();
    object.json().setAll(result);
    return true;
  }

  private static RuntimeException unusable(WebhookCaller.Call call, String why) {
    return Statuses.internal(
        "the patch of admission webhook \"%s\" cannot be applied: %s"
            .formatted(call.webhook().name(), why));
  }
}
