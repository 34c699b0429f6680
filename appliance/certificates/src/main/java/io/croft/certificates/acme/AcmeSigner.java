package io.croft.certificates.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.acme.protocol.AcmeAccount;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.certificates.signing.Signer;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.SigningRequest;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/// Has an ACME server sign: makes an `Order` for a request, and hands on what comes of it.
final class AcmeSigner implements Signer {
  static final String ORDER = "Order";

  private final ApiClient client;
  private final AcmeAccounts accounts;

  AcmeSigner(ApiClient client, AcmeAccounts accounts) {
    this.client = client;
    this.accounts = accounts;
  }

  @Override
  public String type() {
    return "acme";
  }

  @Override
  public Readiness check(ApiObject issuer, String secrets) {
    return accounts.check(issuer, secrets);
  }

  @Override
  public Outcome sign(Signer.Order order) {
    SigningRequest asked;
    try {
      asked = order.spec().signingRequest();
    } catch (PkiException e) {
      return new Outcome.Failed("RequestParsingError", String.valueOf(e.getMessage()));
    }
    Optional<String> refusal = refusal(asked);
    if (refusal.isPresent()) {
      return new Outcome.Failed("InvalidOrder", refusal.get());
    }
    ApiObject wanted = wanted(order, asked);
    Optional<ApiObject> present = client.find(Resources.ORDERS, wanted.namespace(), wanted.name());
    if (present.isEmpty()) {
      return make(wanted);
    }
    if (!Owners.controls(order.request(), present.get())) {
      return new Outcome.Pending(
          "OrderGetError",
          "there is an Order \"%s\" of someone else; it has to be deleted"
              .formatted(wanted.name()));
    }
    return outcome(present.get(), asked);
  }

  /// Names must be such as can be proved.
  private static Optional<String> refusal(SigningRequest asked) {
    AlternativeNames names = asked.names();
    String commonName = asked.subject().commonName();
    if (!commonName.isEmpty()
        && !names.dnsNames().contains(commonName)
        && !names.ipAddresses().contains(commonName)) {
      return Optional.of(
          "with ACME the common name \"%s\" must be one of dnsNames or ipAddresses, too"
              .formatted(commonName));
    }
    if (names.dnsNames().isEmpty() && names.ipAddresses().isEmpty()) {
      return Optional.of("with ACME there must be dnsNames or ipAddresses");
    }
    return Optional.empty();
  }

  private ApiObject wanted(Signer.Order order, SigningRequest asked) {
    ApiObject request = order.request();
    JsonNode acme = order.issuer().json().path("spec").path("acme");
    IssuerRef issuer = IssuerRef.of(order.spec().json().path("issuerRef"));
    ObjectNode spec = Json.object();
    spec.set("issuerRef", issuer.toJson());
    String commonName = asked.subject().commonName();
    if (!commonName.isEmpty()) {
      spec.put("commonName", commonName);
    }
    add(spec, "dnsNames", asked.names().dnsNames());
    add(spec, "ipAddresses", asked.names().ipAddresses());
    if (acme.path("enableDurationFeature").asBoolean(false)
        && order.spec().json().hasNonNull("duration")) {
      spec.set("duration", order.spec().json().path("duration"));
    }
    if (!acme.path("profile").asText("").isEmpty()) {
      spec.set("profile", acme.path("profile"));
    }
    ObjectNode content = Json.object().put("request", request.name());
    content.set("spec", spec.deepCopy());
    if (acme.path("renewalInformationSource").asText("ARI").equals("ARI")) {
      String replaced = replaced(request, issuer);
      if (!replaced.isEmpty()) {
        spec.put("replaces", replaced);
      }
    }
    spec.set("request", order.spec().json().path("request"));
    ApiObject wanted =
        ApiObject.of(Json.object())
            .setApiVersion(Resources.ACME_GROUP + "/v1")
            .setKind(ORDER)
            .setNamespace(request.namespace())
            .setName(Owners.name(request.name(), content))
            .setLabels(request.labels())
            .setAnnotations(request.annotations())
            .setOwnerReferences(List.of(Owners.controller(request)));
    wanted.json().set("spec", spec);
    return wanted;
  }

  private static void add(ObjectNode spec, String field, List<String> names) {
    if (!names.isEmpty()) {
      names.forEach(spec.putArray(field)::add);
    }
  }

  /// The certificate that the same issuer has given before and that this one comes in place of, in
  /// the server's words. A hint only: what is not found is left out.
  private String replaced(ApiObject request, IssuerRef issuer) {
    String name = request.annotations().getOrDefault(Marks.CERTIFICATE_NAME, "");
    Optional<ApiObject> secret =
        Optional.of(name)
            .filter(n -> !n.isEmpty())
            .flatMap(n -> client.find(Resources.CERTIFICATES, request.namespace(), n))
            .map(c -> CertificateSpec.of(c).secretName())
            .filter(s -> !s.isEmpty())
            .flatMap(s -> client.find(Resources.SECRETS, request.namespace(), s));
    if (secret.isEmpty() || !issuer.same(issuerOf(secret.get()))) {
      return "";
    }
    try {
      String pem = SecretData.text(secret.get(), SecretData.CERTIFICATE);
      return AcmeAccount.certificateId(Pem.certificates(pem).getFirst());
    } catch (PkiException e) {
      return "";
    }
  }

  static IssuerRef issuerOf(ApiObject secret) {
    var marks = secret.annotations();
    return new IssuerRef(
        marks.getOrDefault(Marks.ISSUER_NAME, ""),
        marks.getOrDefault(Marks.ISSUER_KIND, ""),
        marks.getOrDefault(Marks.ISSUER_GROUP, ""));
  }

  private Outcome make(ApiObject order) {
    try {
      client.create(Resources.ORDERS, order);
    } catch (StatusException e) {
      if (!e.status().reason().equals(StatusReason.ALREADY_EXISTS.text())) {
        return new Outcome.Pending(
            "OrderCreatingError",
            "the Order \"%s\" cannot be made: %s".formatted(order.name(), e.getMessage()));
      }
    }
    return new Outcome.Pending(
        "OrderCreated", "Created Order resource %s/%s".formatted(order.namespace(), order.name()));
  }

  private Outcome outcome(ApiObject order, SigningRequest asked) {
    String state = AcmeStates.of(order);
    String reason = AcmeStates.status(order, "reason").asText("");
    if (AcmeStates.failed(order)) {
      return new Outcome.Failed(
          "OrderFailed", "the Order \"%s\" is %s: %s".formatted(order.name(), state, reason));
    }
    String certificate = AcmeStates.status(order, "certificate").asText("");
    if (!state.equals(AcmeStates.VALID) || certificate.isEmpty()) {
      return new Outcome.Pending(
          "OrderPending",
          "Waiting for the Order \"%s\", which is %s%s"
              .formatted(
                  order.name(),
                  state.isEmpty() ? "new" : state,
                  reason.isEmpty() ? "" : ": " + reason));
    }
    try {
      List<X509Certificate> chain = Pem.certificates(SecretData.decode(certificate));
      if (chain.getFirst().getPublicKey().equals(asked.publicKey())) {
        return new Outcome.Issued(Pem.encode(chain), "");
      }
    } catch (PkiException e) {
      // as below
    }
    client.delete(
        Resources.ORDERS,
        order.namespace(),
        order.name(),
        DeleteOptions.DEFAULT.withUid(order.uid()));
    return new Outcome.Pending(
        "OrderDeleted",
        "the certificate of the Order \"%s\" is not for the key of this request; it is ordered anew"
            .formatted(order.name()));
  }
}
