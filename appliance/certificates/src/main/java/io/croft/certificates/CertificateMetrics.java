package io.croft.certificates;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.Component;
import io.croft.base.ComponentGroup;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.protocol.AcmeRequests;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Resources;
import io.croft.client.Controller;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.metrics.Metrics;
import io.croft.metrics.Metrics.Sample;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// What Prometheus is told of certificates, by upstream's names, so that its dashboards and alerts
/// work. Read off the informers whenever somebody asks. Counts are told as gauges, because the
/// format would have their names end in `_total`.
final class CertificateMetrics {
  private static final List<String> STATUSES = List.of("True", "False", "Unknown");
  private static final List<String> STATES =
      List.of("", "ready", "valid", "invalid", "expired", "errored", "processing", "pending");

  private final Metrics metrics;
  private final Informers informers;

  private CertificateMetrics(Metrics metrics, Informers informers) {
    this.metrics = metrics;
    this.informers = informers;
  }

  /// @param manager whose controllers count
  static void describe(
      Metrics metrics, Informers informers, Component manager, Acme acme, InstantSource clock) {
    var own = new CertificateMetrics(metrics, informers);
    metrics.value(
        "certmanager_clock_time_seconds_gauge",
        "The clock of the certificate manager, in seconds since 1970.",
        () -> clock.instant().getEpochSecond());
    own.describeCertificates();
    own.describeIssuers();
    own.describeChallenges();
    own.describeControllers(controllers(manager));
    metrics.samples(
        "certmanager_http_acme_client_request_count",
        "Requests to ACME servers.",
        AcmeRequests.LABELS,
        acme.requests()::samples);
  }

  private void describeCertificates() {
    var labels =
        List.of("name", "namespace", "condition", "issuer_name", "issuer_kind", "issuer_group");
    samples(
        "certmanager_certificate_ready_status",
        "Whether the certificate is ready: 1 for the status that its condition has.",
        labels,
        Resources.CERTIFICATES,
        certificate ->
            statuses(
                certificate,
                status -> {
                  var values =
                      new ArrayList<>(List.of(certificate.name(), certificate.namespace(), status));
                  values.addAll(issuer(certificate));
                  return values;
                }));
    time("expiration", "The time at which the certificate expires", "notAfter");
    time("not_after", "The time after which the certificate is invalid", "notAfter");
    time("not_before", "The time before which the certificate is invalid", "notBefore");
    time("renewal", "The time at which the certificate is to be renewed", "renewalTime");
  }

  private void time(String what, String help, String field) {
    samples(
        "certmanager_certificate_%s_timestamp_seconds".formatted(what),
        help + ", in seconds since 1970; 0 for none.",
        List.of("name", "namespace", "issuer_name", "issuer_kind", "issuer_group"),
        Resources.CERTIFICATES,
        certificate -> {
          JsonNode time = certificate.json().path("status").path(field);
          var values = new ArrayList<>(List.of(certificate.name(), certificate.namespace()));
          values.addAll(issuer(certificate));
          double seconds = Conditions.time(time).map(Instant::getEpochSecond).orElse(0L);
          return List.of(new Sample(seconds, values));
        });
  }

  private static List<String> issuer(ApiObject certificate) {
    IssuerRef ref = CertificateSpec.of(certificate).issuerRef();
    return List.of(ref.name(), ref.kind(), ref.group());
  }

  private void describeIssuers() {
    samples(
        "certmanager_issuer_ready_status",
        "Whether the issuer is ready: 1 for the status that its condition has.",
        List.of("name", "namespace", "condition"),
        Resources.ISSUERS,
        issuer -> statuses(issuer, s -> List.of(issuer.name(), issuer.namespace(), s)));
    samples(
        "certmanager_clusterissuer_ready_status",
        "Whether the cluster issuer is ready: 1 for the status that its condition has.",
        List.of("name", "condition"),
        Resources.CLUSTER_ISSUERS,
        issuer -> statuses(issuer, s -> List.of(issuer.name(), s)));
  }

  /// One sample per status, as alerts expect it.
  private static List<Sample> statuses(ApiObject object, Function<String, List<String>> labels) {
    String is = Conditions.find(object, Conditions.READY).map(Condition::status).orElse("Unknown");
    return STATUSES.stream()
        .map(status -> new Sample(status.equals(is) ? 1 : 0, labels.apply(status)))
        .toList();
  }

  private void describeChallenges() {
    samples(
        "certmanager_certificate_challenge_status",
        "Where a challenge stands: 1 for its state.",
        List.of("status", "domain", "reason", "processing", "name", "namespace", "type"),
        Resources.CHALLENGES,
        challenge -> {
          JsonNode spec = challenge.json().path("spec");
          JsonNode status = challenge.json().path("status");
          String is = status.path("state").asText("");
          return STATES.stream()
              .map(state ->
                  new Sample(
                      state.equals(is) ? 1 : 0,
                      List.of(
                          state,
                          spec.path("dnsName").asText(""),
                          status.path("reason").asText(""),
                          Boolean.toString(status.path("processing").asBoolean(false)),
                          challenge.name(),
                          challenge.namespace(),
                          spec.path("type").asText(""))))
              .toList();
        });
  }

  private void samples(
      String name,
      String help,
      List<String> labels,
      GroupVersionResource resource,
      Function<ApiObject, List<Sample>> samplesOf) {
    Informer informer = informers.of(resource);
    metrics.samples(
        name,
        help,
        labels,
        () -> informer.list().stream().flatMap(o -> samplesOf.apply(o).stream()).toList());
  }

  private void describeControllers(List<Controller> controllers) {
    count(
        "certmanager_controller_sync_call_count",
        "Reconciliations of a controller.",
        controllers,
        Controller::calls);
    count(
        "certmanager_controller_sync_error_count",
        "Reconciliations of a controller that failed.",
        controllers,
        Controller::errors);
  }

  private void count(
      String name, String help, List<Controller> controllers, ToLongFunction<Controller> count) {
    metrics.samples(
        name,
        help,
        List.of("controller"),
        () ->
            controllers.stream()
                .map(c -> new Sample(count.applyAsLong(c), List.of(c.name())))
                .toList());
  }

  private static List<Controller> controllers(Component component) {
    return switch (component) {
      case Controller controller -> List.of(controller);
      case ComponentGroup group ->
          group.parts().stream().flatMap(part -> controllers(part).stream()).toList();
      default -> List.of();
    };
  }
}
