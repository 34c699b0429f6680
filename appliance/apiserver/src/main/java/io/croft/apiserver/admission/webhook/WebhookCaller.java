package io.croft.apiserver.admission.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.admission.RequestVariables;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.outbound.WebhookClient;
import io.croft.apiserver.policy.MatchConditions;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Shortened;
import io.croft.model.Status;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.Authorizer;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out whether a webhook is to be asked about a request, asks it, and reads its answer.
final class WebhookCaller {
  private static final Logger LOG = LoggerFactory.getLogger(WebhookCaller.class);
  private static final int MAX_MESSAGE_CHARS = 4096;

  private final StoredObjects objects;
  private final Authorizer authorizer;
  private final WebhookClient client;

  /// @param authorizer for conditions that ask what the user may do
  WebhookCaller(StoredObjects objects, Authorizer authorizer) {
    this.objects = objects;
    this.authorizer = authorizer;
    this.client = new WebhookClient(objects.services());
  }

  /// A webhook and the version of the resource that it is to be asked in.
  record Call(Webhook webhook, ResourceType as) {}

  /// Empty when the webhook does not want to hear of the request.
  ///
  /// @throws StatusException when it cannot be found out whether it does, and the webhook must be
  ///   asked
  Optional<Call> call(Webhook webhook, AdmissionRequest request) {
    return webhook
        .matcher()
        .match(request, objects)
        .filter(as -> meetsConditions(webhook, request, as))
        .map(as -> new Call(webhook, as));
  }

  private boolean meetsConditions(Webhook webhook, AdmissionRequest request, ResourceType as) {
    if (webhook.conditions().isEmpty()) {
      return true;
    }
    MatchConditions.Result result =
        webhook.conditions().ask(RequestVariables.of(request, as, null, authorizer));
    if (result.problem().isEmpty() || webhook.ignoresFailure()) {
      return result.met();
    }
    throw Statuses.forbidden(
        as.gvr().group(), as.gvr().resource(), request.subject().name(), result.problem());
  }

  /// What a webhook answered.
  ///
  /// @param patch a JSON patch in the version that it was asked in; empty for none
  record Answer(JsonNode patch) {
    static final Answer NOTHING = new Answer(Json.array());
  }

  /// @param left how long the request may still take
  /// @throws StatusException when the webhook refuses, or cannot be asked and must be
  Answer ask(Call call, AdmissionRequest request, Duration left) {
    Webhook webhook = call.webhook();
    if (request.dryRun() && webhook.sideEffects()) {
      throw Statuses.badRequest(
          "admission webhook \"" + webhook.name() + "\" does not support dry run");
    }
    Duration timeout = webhook.timeout().compareTo(left) < 0 ? webhook.timeout() : left;
    Review review = Review.of(request, call.as());
    try {
      ObjectNode answer = client.ask(webhook.client(), review.toJson(), timeout);
      return read(webhook, review, answer.path("response"), request);
    } catch (IOException e) {
      return failed(webhook, e);
    }
  }

  private static Answer failed(Webhook webhook, IOException e) {
    String why = "failed calling webhook \"" + webhook.name() + "\": " + e.getMessage();
    if (!webhook.ignoresFailure()) {
      throw Statuses.internal(why);
    }
    LOG.atWarn()
        .addKeyValue("webhook", webhook.key())
        .addKeyValue("error", e.getMessage())
        .log("a webhook cannot be asked and is passed over");
    return Answer.NOTHING;
  }

  private static Answer read(
      Webhook webhook, Review review, JsonNode response, AdmissionRequest request)
      throws IOException {
    if (!response.path("uid").asText("").equals(review.uid())) {
      throw new IOException("the answer is not to the question: its response.uid differs");
    }
    for (JsonNode warning : response.path("warnings")) {
      request.warnings().accept(warning.asText());
    }
    if (!response.path("allowed").asBoolean(false)) {
      throw refusal(webhook, response.path("status"));
    }
    String patch = response.path("patch").asText("");
    if (patch.isEmpty()) {
      return Answer.NOTHING;
    }
    if (!response.path("patchType").asText("").equals("JSONPatch")) {
      throw new IOException("the answer's patchType must be JSONPatch");
    }
    try {
      return new Answer(Json.parse(Base64.getDecoder().decode(patch)));
    } catch (IllegalArgumentException | MalformedJsonException e) {
      throw new IOException("the answer's patch cannot be read");
    }
  }

  private static StatusException refusal(Webhook webhook, JsonNode status) {
    String by = "admission webhook \"" + webhook.name() + "\" denied the request";
    String why = status.path("message").asText("");
    String reason = status.path("reason").asText("");
    String message =
        !why.isEmpty()
            ? by + ": " + why
            : by + (reason.isEmpty() ? " without explanation" : ": " + reason);
    int code = status.path("code").asInt(0);
    return new StatusException(
        new Status(
            false,
            code < 400 || code > 599 ? 403 : code,
            Shortened.text(reason, MAX_MESSAGE_CHARS),
            Shortened.text(message, MAX_MESSAGE_CHARS),
            StatusDetails.of("", "", "")));
  }
}
