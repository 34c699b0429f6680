package io.croft.apiserver.admission.webhook;

import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.base.Concurrently;
import io.croft.model.StatusException;
import io.croft.security.Authorizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Has webhooks judge what is written, all at the same time.
public final class ValidatingWebhooks implements Admission {
  private static final int AT_A_TIME = 32;

  private final Webhooks webhooks;
  private final WebhookCaller caller;

  public ValidatingWebhooks(StoredObjects objects, Authorizer authorizer) {
    this.webhooks = new Webhooks(objects, "validatingwebhookconfigurations");
    this.caller = new WebhookCaller(objects, authorizer);
  }

  /// One question and how it ended.
  private static final class Asked {
    final WebhookCaller.Call call;
    final List<String> warnings = new ArrayList<>();
    @Nullable StatusException refusal;

    Asked(WebhookCaller.Call call) {
      this.call = call;
    }
  }

  /// Of several refusals the one counts whose webhook comes first.
  @Override
  public void validate(AdmissionRequest request) {
    List<Asked> asked =
        webhooks.current().stream()
            .map(webhook -> caller.call(webhook, request))
            .flatMap(Optional::stream)
            .map(Asked::new)
            .toList();
    if (asked.isEmpty()) {
      return;
    }
    var deadline = new Deadline();
    Concurrently.forEach(
        asked.iterator(), Math.min(AT_A_TIME, asked.size()), one -> ask(one, request, deadline));
    for (Asked one : asked) {
      one.warnings.forEach(request.warnings());
    }
    for (Asked one : asked) {
      if (one.refusal != null) {
        throw one.refusal;
      }
    }
  }

  private void ask(Asked one, AdmissionRequest request, Deadline deadline) {
    try {
      caller.ask(one.call, collecting(request, one), deadline.left());
    } catch (StatusException e) {
      one.refusal = e;
    }
  }

  private static AdmissionRequest collecting(AdmissionRequest request, Asked one) {
    return new AdmissionRequest(
        request.type(),
        request.operation(),
        request.subresource(),
        request.object(),
        request.old(),
        request.caller().warning(one.warnings::add),
        request.dryRun(),
        request.notes());
  }
}
