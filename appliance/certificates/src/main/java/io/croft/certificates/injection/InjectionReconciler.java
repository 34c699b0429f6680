package io.croft.certificates.injection;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Writes the `caBundle` of objects of one kind that ask for it by annotation.
public final class InjectionReconciler implements Reconciler {
  /// The source that the API server is.
  public static final String API_SERVER = "a";

  private static final String FROM_CERTIFICATE = Marks.PREFIX + "inject-ca-from";
  private static final String FROM_SECRET = Marks.PREFIX + "inject-ca-from-secret";
  private static final String FROM_API_SERVER = Marks.PREFIX + "inject-apiserver-ca";

  private final ApiClient client;
  private final Injectable kind;
  private final Supplier<String> apiServerCa;
  private final Events events;
  private final InstantSource clock;

  /// @param apiServerCa with which the API server is verified, in PEM
  public InjectionReconciler(
      ApiClient client,
      Injectable kind,
      Supplier<String> apiServerCa,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.kind = kind;
    this.apiServerCa = apiServerCa;
    this.events = events;
    this.clock = clock;
  }

  /// The values under which an index finds the objects that a source is of concern to: `c:` or `s:`
  /// and the place of the Certificate or Secret, or [#API_SERVER].
  public static List<String> sources(ApiObject object) {
    var sources = new ArrayList<String>();
    Map<String, String> annotations = object.annotations();
    String certificate = annotations.get(FROM_CERTIFICATE);
    String secret = annotations.get(FROM_SECRET);
    if (certificate != null) {
      sources.add("c:" + certificate);
    }
    if (secret != null) {
      sources.add("s:" + secret);
    }
    if (fromApiServer(object)) {
      sources.add(API_SERVER);
    }
    return sources;
  }

  /// The source that a Certificate is.
  public static String certificate(ApiObject certificate) {
    return "c:" + certificate.namespace() + "/" + certificate.name();
  }

  /// The sources that a Secret is.
  public static List<String> secret(ApiObject secret) {
    String place = secret.namespace() + "/";
    String certificate = secret.annotations().get(Marks.CERTIFICATE_NAME);
    return certificate == null
        ? List.of("s:" + place + secret.name())
        : List.of("s:" + place + secret.name(), "c:" + place + certificate);
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(kind.resource(), "", key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject object = found.get().copy();
    Optional<String> ca = ca(object);
    if (ca.isPresent() && !ca.get().isBlank()) {
      for (ObjectNode place : kind.places(object)) {
        place.put("caBundle", SecretData.encode(bundle(object, place, ca.get())));
      }
      if (!object.json().equals(found.get().json())) {
        client.update(kind.resource(), object);
      }
    }
    return Result.DONE;
  }

  /// The API server says itself for how long its old authorities are trusted; of others the old one
  /// stays, as what they have issued is still in use.
  private String bundle(ApiObject object, ObjectNode place, String ca) {
    return fromApiServer(object)
        ? ca
        : CaBundle.merged(
            SecretData.decode(place.path("caBundle").asText("")), ca, clock.instant());
  }

  private static boolean fromApiServer(ApiObject object) {
    Map<String, String> annotations = object.annotations();
    return "true".equals(annotations.get(FROM_API_SERVER))
        && !annotations.containsKey(FROM_CERTIFICATE)
        && !annotations.containsKey(FROM_SECRET);
  }

  private Optional<String> ca(ApiObject object) {
    Map<String, String> annotations = object.annotations();
    String certificate = annotations.get(FROM_CERTIFICATE);
    if (certificate != null) {
      return place(object, certificate).flatMap(this::fromCertificate);
    }
    String secret = annotations.get(FROM_SECRET);
    if (secret != null) {
      return place(object, secret).flatMap(at -> fromSecret(object, at));
    }
    return fromApiServer(object) ? Optional.of(apiServerCa.get()) : Optional.empty();
  }

  private Optional<Request> place(ApiObject object, String text) {
    int slash = text.indexOf('/');
    if (slash <= 0 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
      events.warning(
          object, "BadConfig", "\"%s\" is not of the form NAMESPACE/NAME".formatted(text));
      return Optional.empty();
    }
    return Optional.of(new Request(text.substring(0, slash), text.substring(slash + 1)));
  }

  /// Only from a Secret that says itself that it is the certificate's.
  private Optional<String> fromCertificate(Request at) {
    return client
        .find(Resources.CERTIFICATES, at.namespace(), at.name())
        .map(c -> CertificateSpec.of(c).secretName())
        .filter(name -> !name.isEmpty())
        .flatMap(name -> client.find(Resources.SECRETS, at.namespace(), name))
        .filter(s -> at.name().equals(s.annotations().get(Marks.CERTIFICATE_NAME)))
        .map(s -> SecretData.text(s, SecretData.CA));
  }

  private Optional<String> fromSecret(ApiObject object, Request at) {
    Optional<ApiObject> secret = client.find(Resources.SECRETS, at.namespace(), at.name());
    if (secret.isPresent()
        && !"true".equals(secret.get().annotations().get(Marks.DIRECT_INJECTION))) {
      events.warning(
          object,
          "BadConfig",
          "the Secret \"%s\" does not allow it: it lacks the annotation %s: \"true\""
              .formatted(at, Marks.DIRECT_INJECTION));
      return Optional.empty();
    }
    return secret.map(s -> SecretData.text(s, SecretData.CA));
  }
}
