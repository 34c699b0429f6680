package io.croft.certificates.signing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.GoDuration;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.RequestSpec;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/// Has Kubernetes' own certificate signing requests signed by our issuers: `signerName` is
/// `issuers.cert-manager.io/NAMESPACE.NAME` or `clusterissuers.cert-manager.io/NAME`. They must be
/// approved by someone.
public final class SigningRequestReconciler implements Reconciler {
  public static final GroupVersionResource RESOURCE =
      new GroupVersionResource("certificates.k8s.io", "v1", "certificatesigningrequests");

  private static final String ISSUERS = "issuers.cert-manager.io/";
  private static final String CLUSTER_ISSUERS = "clusterissuers.cert-manager.io/";
  private static final String EXPERIMENTAL = "experimental.cert-manager.io/";
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  /// Which issuer, and where the objects around the request are.
  private record Signed(IssuerRef issuer, String namespace) {}

  private final ApiClient client;
  private final IssuerFinder issuers;
  private final String clusterNamespace;
  private final Events events;
  private final InstantSource clock;

  public SigningRequestReconciler(
      ApiClient client,
      IssuerFinder issuers,
      String clusterNamespace,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.issuers = issuers;
    this.clusterNamespace = clusterNamespace;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(RESOURCE, "", key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject request = found.get().copy();
    Optional<Signed> signed = signed(request.json().at("/spec/signerName").asText(""));
    boolean open =
        Conditions.isTrue(request, "Approved")
            && !Conditions.isTrue(request, "Denied")
            && !Conditions.isTrue(request, "Failed")
            && request.json().at("/status/certificate").asText("").isEmpty();
    return signed.isPresent() && open ? sign(request, signed.get()) : Result.DONE;
  }

  private Optional<Signed> signed(String signer) {
    if (signer.startsWith(CLUSTER_ISSUERS)) {
      String name = signer.substring(CLUSTER_ISSUERS.length());
      return Optional.of(
          new Signed(new IssuerRef(name, "ClusterIssuer", Resources.GROUP), clusterNamespace));
    }
    int dot = signer.indexOf('.', ISSUERS.length());
    return signer.startsWith(ISSUERS) && dot > 0
        ? Optional.of(
            new Signed(
                new IssuerRef(signer.substring(dot + 1), "Issuer", Resources.GROUP),
                signer.substring(ISSUERS.length(), dot)))
        : Optional.empty();
  }

  private Result sign(ApiObject request, Signed signed) {
    Optional<ApiObject> issuer = issuers.find(signed.issuer(), signed.namespace());
    if (issuer.isEmpty() || !Conditions.isTrue(issuer.get(), Conditions.READY)) {
      events.normal(
          request,
          "IssuerNotReady",
          "the issuer %s does not exist or is not ready".formatted(signed.issuer()));
      return Result.after(LOOK_AGAIN);
    }
    ApiObject asked = asCertificateRequest(request, signed);
    var order =
        new Signer.Order(asked, RequestSpec.of(asked), issuer.get(), issuers.secrets(issuer.get()));
    Optional<Signer> signer = issuers.signer(issuer.get());
    if (signer.isEmpty()) {
      return Result.after(LOOK_AGAIN);
    }
    switch (signer.get().sign(order)) {
      case Signer.Outcome.Issued issued ->
          Conditions.status(request).put("certificate", SecretData.encode(issued.certificate()));
      case Signer.Outcome.Failed failed -> fail(request, failed);
      case Signer.Outcome.Pending pending -> {
        events.normal(request, pending.reason(), pending.message());
        return Result.after(LOOK_AGAIN);
      }
    }
    client.updateStatus(RESOURCE, request);
    return Result.DONE;
  }

  private void fail(ApiObject request, Signer.Outcome.Failed failed) {
    Conditions.set(
        request, "Failed", true, failed.reason(), failed.message(), clock.instant(), false);
    for (JsonNode condition : request.json().at("/status/conditions")) {
      if (condition instanceof ObjectNode c && c.path("type").asText("").equals("Failed")) {
        c.put("lastUpdateTime", Conditions.format(clock.instant()));
      }
    }
  }

  /// The same wish in cert-manager's words.
  private static ApiObject asCertificateRequest(ApiObject request, Signed signed) {
    Map<String, String> annotations = request.annotations();
    JsonNode spec = request.json().path("spec");
    ApiObject asked =
        ApiObject.of(request.json().deepCopy())
            .setNamespace(signed.namespace())
            .setAnnotations(
                Map.of(
                    Marks.PRIVATE_KEY,
                    annotations.getOrDefault(EXPERIMENTAL + "private-key-secret-name", "")));
    ObjectNode wish = Json.object();
    wish.put("request", spec.path("request").asText(""));
    wish.set("issuerRef", signed.issuer().toJson());
    wish.set("usages", spec.path("usages").isArray() ? spec.path("usages") : Json.array());
    String duration = annotations.getOrDefault(EXPERIMENTAL + "request-duration", "");
    if (spec.path("expirationSeconds").isNumber()) {
      duration = GoDuration.text(Duration.ofSeconds(spec.path("expirationSeconds").asLong()));
    }
    if (!duration.isEmpty()) {
      wish.put("duration", duration);
    }
    wish.put("isCA", "true".equals(annotations.get(EXPERIMENTAL + "request-is-ca")));
    asked.json().set("spec", wish);
    return asked;
  }
}
