package io.croft.apiserver.controllers;

import io.croft.apiserver.admission.quota.QuotaLedger;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.GroupVersionResource;
import java.time.Duration;

/// Counts anew from time to time what is used of resource quotas: what was deleted, and what was
/// admitted and then not stored.
final class QuotaReconciler implements Reconciler {
  static final GroupVersionResource QUOTAS = new GroupVersionResource("", "v1", "resourcequotas");
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final QuotaLedger ledger;

  QuotaReconciler(QuotaLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public Result reconcile(Request request) {
    return ledger.recount(request.namespace(), request.name()) ? Result.after(AGAIN) : Result.DONE;
  }
}
