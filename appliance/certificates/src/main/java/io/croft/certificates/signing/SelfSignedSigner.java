package io.croft.certificates.signing;

import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.PrivateKeys;
import io.croft.pki.x509.SigningRequest;
import java.security.KeyPair;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Certificates that vouch for themselves. The one type that needs the private key, which the
/// request names.
public final class SelfSignedSigner implements Signer {
  private final ApiClient client;
  private final Events events;
  private final InstantSource clock;

  public SelfSignedSigner(ApiClient client, Events events, InstantSource clock) {
    this.client = client;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public String type() {
    return "selfSigned";
  }

  @Override
  public boolean local() {
    return true;
  }

  @Override
  public Readiness check(ApiObject issuer, String secrets) {
    return new Readiness(true, "IsReady", "Certificates sign themselves; nothing else is needed");
  }

  @Override
  public Outcome sign(Order order) {
    String name = order.request().annotations().getOrDefault(Marks.PRIVATE_KEY, "");
    if (name.isEmpty()) {
      return new Outcome.Failed(
          "MissingAnnotation",
          "the annotation %s must name the Secret of the private key".formatted(Marks.PRIVATE_KEY));
    }
    Optional<ApiObject> secret = client.find(Resources.SECRETS, order.request().namespace(), name);
    if (secret.isEmpty()) {
      return new Outcome.Pending(
          "MissingSecret", "the Secret \"%s\" of the private key is missing".formatted(name));
    }
    KeyPair pair;
    try {
      pair = PrivateKeys.parse(SecretData.text(secret.get(), SecretData.KEY));
    } catch (PkiException e) {
      return new Outcome.Pending(
          "ErrorParsingKey",
          "%s of the Secret \"%s\" %s".formatted(SecretData.KEY, name, e.getMessage()));
    }
    return sign(order, pair);
  }

  private Outcome sign(Order order, KeyPair pair) {
    List<String> lists =
        CertificateSpec.texts(order.issuer().json().at("/spec/selfSigned/crlDistributionPoints"));
    try {
      SigningRequest asked = order.spec().signingRequest();
      if (asked.subject().isEmpty()) {
        events.warning(
            order.request(),
            "BadConfig",
            "A certificate that signs itself and has no subject has no issuer either, which"
                + " RFC 5280 forbids (4.1.2.4): clients may refuse it");
      }
      var issuance =
          new Issuance(
              asked,
              clock.instant().truncatedTo(ChronoUnit.SECONDS),
              order.spec().duration(),
              order.spec().authority(),
              order.spec().usages(),
              new Issuance.Pointers(lists, List.of(), List.of()));
      String pem = Pem.encode(issuance.selfSigned(pair));
      return new Outcome.Issued(pem, pem);
    } catch (PkiException e) {
      return new Outcome.Failed("ErrorSigning", String.valueOf(e.getMessage()));
    }
  }
}
