package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Marks;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.DeleteOptions;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.OwnerReference;
import io.croft.model.StatusException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Makes the certificates that objects of one kind ask for by annotation.
public final class ShimReconciler implements Reconciler {
  private static final String NOT_COPIED = "applyset.kubernetes.io/part-of";
  private static final Set<String> HANDED_ON =
      Set.of(
          Marks.TEMPORARY,
          Marks.REISSUE,
          "acme.cert-manager.io/http01-override-ingress-name",
          "acme.cert-manager.io/http01-override-ingress-class",
          "acme.cert-manager.io/http01-override-ingress-ingressclassname");

  private final ApiClient client;
  private final TlsSource source;
  private final Informer certificates;
  private final String byOwner;
  private final Events events;

  /// @param certificates gets an index by the owner, if that is of the kind
  public ShimReconciler(ApiClient client, TlsSource source, Informer certificates, Events events) {
    this.client = client;
    this.source = source;
    this.certificates = certificates;
    this.byOwner = source.kind();
    this.events = events;
    certificates.addIndex(byOwner, c -> owner(c).map(o -> List.of(o.uid())).orElse(List.of()));
  }

  private Optional<OwnerReference> owner(ApiObject certificate) {
    return controller(certificate).filter(o -> o.kind().equals(source.kind()));
  }

  /// The object that a certificate was made for.
  public List<Request> concernedBy(ApiObject certificate) {
    return owner(certificate)
        .map(o -> List.of(new Request(certificate.namespace(), o.name())))
        .orElse(List.of());
  }

  private static Optional<OwnerReference> controller(ApiObject object) {
    return object.ownerReferences().stream().filter(OwnerReference::controller).findFirst();
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = source.find(client, key);
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE;
    }
    ApiObject object = found.get();
    try {
      Optional<IssuerRef> issuer = issuer(object);
      if (issuer.isPresent()) {
        sync(object, issuer.get());
      }
    } catch (IllegalArgumentException e) {
      events.warning(object, "BadConfig", String.valueOf(e.getMessage()));
    }
    return Result.DONE;
  }

  /// @throws IllegalArgumentException when the annotations contradict each other
  private static Optional<IssuerRef> issuer(ApiObject object) {
    Map<String, String> annotations = object.annotations();
    String issuer = annotations.getOrDefault(Marks.ISSUER, "");
    String cluster = annotations.getOrDefault(Marks.CLUSTER_ISSUER, "");
    if (!issuer.isEmpty() && !cluster.isEmpty()) {
      throw new IllegalArgumentException(
          "both %s and %s are given; only one may be"
              .formatted(Marks.ISSUER, Marks.CLUSTER_ISSUER));
    }
    String kind = annotations.getOrDefault(Marks.ISSUER_KIND, "");
    String group = annotations.getOrDefault(Marks.ISSUER_GROUP, "");
    if (!cluster.isEmpty()) {
      if (!kind.isEmpty() || !group.isEmpty()) {
        throw new IllegalArgumentException(
            "%s goes with neither %s nor %s"
                .formatted(Marks.CLUSTER_ISSUER, Marks.ISSUER_KIND, Marks.ISSUER_GROUP));
      }
      return Optional.of(new IssuerRef(cluster, "ClusterIssuer", Resources.GROUP));
    }
    return issuer.isEmpty()
        ? Optional.empty()
        : Optional.of(new IssuerRef(issuer, kind, group).withDefaults());
  }

  private void sync(ApiObject object, IssuerRef issuer) {
    TlsSource.Wish wish =
        source.wish(object, complaint -> events.warning(object, "BadConfig", complaint));
    wish.hosts()
        .forEach((secret, hosts) -> {
          ApiObject wanted = certificate(object, secret, hosts, issuer);
          var annotations = new LinkedHashMap<>(wanted.annotations());
          annotations.putAll(wish.annotations());
          ensure(object, secret, wanted.setAnnotations(annotations));
        });
    for (ApiObject certificate : certificates.byIndex(byOwner, object.uid())) {
      if (!wish.named().contains(certificate.name())) {
        delete(object, certificate);
      }
    }
  }

  private static ApiObject certificate(
      ApiObject object, String secret, Set<String> hosts, IssuerRef issuer) {
    var labels = new LinkedHashMap<>(object.labels());
    labels.remove(NOT_COPIED);
    var annotations = new LinkedHashMap<>(object.annotations());
    annotations.keySet().retainAll(HANDED_ON);
    ApiObject certificate =
        ApiObject.of(
                Json.object().put("apiVersion", Resources.GROUP + "/v1").put("kind", "Certificate"))
            .setName(secret)
            .setNamespace(object.namespace())
            .setLabels(labels)
            .setAnnotations(annotations)
            .setOwnerReferences(
                List.of(
                    new OwnerReference(
                        object.apiVersion(),
                        object.kind(),
                        object.name(),
                        object.uid(),
                        true,
                        true)));
    ObjectNode spec = certificate.json().putObject("spec");
    for (String host : hosts) {
      list(spec, isAddress(host) ? "ipAddresses" : "dnsNames").add(host);
    }
    spec.set("issuerRef", issuer.toJson());
    spec.put("secretName", secret);
    spec.putArray("usages").add("digital signature").add("key encipherment");
    FieldAnnotations.apply(object.annotations(), spec);
    return certificate;
  }

  private static ArrayNode list(ObjectNode spec, String name) {
    return spec.withArray(name);
  }

  private static boolean isAddress(String host) {
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void ensure(ApiObject object, String name, ApiObject wanted) {
    Optional<ApiObject> present = client.find(Resources.CERTIFICATES, object.namespace(), name);
    if (present.isEmpty()) {
      client.create(Resources.CERTIFICATES, wanted);
      events.normal(
          object, "CreateCertificate", "Successfully created Certificate \"%s\"".formatted(name));
      return;
    }
    boolean own = controller(present.get()).filter(o -> o.uid().equals(object.uid())).isPresent();
    if (!own) {
      return; // the user's, or another's: theirs to change
    }
    ApiObject changed = present.get().copy();
    changed.json().set("spec", wanted.json().path("spec"));
    var labels = new LinkedHashMap<>(present.get().labels());
    labels.putAll(wanted.labels());
    changed.setLabels(labels);
    var annotations = new LinkedHashMap<>(present.get().annotations());
    annotations.keySet().removeAll(HANDED_ON);
    annotations.remove(Listeners.PARENT_NAMESPACE);
    annotations.putAll(wanted.annotations());
    changed.setAnnotations(annotations);
    if (!Json.same(changed.json(), present.get().json())) {
      client.update(Resources.CERTIFICATES, changed);
      events.normal(
          object, "UpdateCertificate", "Successfully updated Certificate \"%s\"".formatted(name));
    }
  }

  private void delete(ApiObject object, ApiObject certificate) {
    try {
      client.delete(
          Resources.CERTIFICATES,
          certificate.namespace(),
          certificate.name(),
          DeleteOptions.DEFAULT.withUid(certificate.uid()));
      events.normal(
          object,
          "DeleteCertificate",
          "Successfully deleted unrequired Certificate \"%s\"".formatted(certificate.name()));
    } catch (StatusException e) {
      if (!Resources.notFound(e)) {
        throw e;
      }
    }
  }
}
