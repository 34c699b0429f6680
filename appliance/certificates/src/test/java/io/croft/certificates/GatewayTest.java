package io.croft.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.Resources;
import io.croft.certificates.injection.Injectable;
import io.croft.client.ListOptions;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the certificate manager makes of Gateways and of what belongs to them.
class GatewayTest {
  @TempDir static Path directory;
  private static TestCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = new TestCluster(directory);
    define("gateways", "Gateway");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static final GroupVersionResource DEFINITIONS = Injectable.DEFINITIONS.resource();

  private static void define(String plural, String kind) throws Exception {
    cluster.client.create(
        DEFINITIONS,
        TestCluster.object(
                """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata:
                  name: %1$s.gateway.networking.k8s.io
                  annotations: {api-approved.kubernetes.io: 'https://example.com'}
                spec:
                  group: gateway.networking.k8s.io
                  scope: Namespaced
                  names: {plural: %1$s, kind: %2$s}
                  versions:
                  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
                  - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
                """
                    .formatted(plural, kind))
            .setNamespace(""));
  }

  private static ApiObject gateway(String name) throws Exception {
    return TestCluster.object(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: %1$s, annotations: {cert-manager.io/cluster-issuer: us, cert-manager.io/ignore-tls-listeners: 'mine, other'}}
        spec:
          gatewayClassName: any
          listeners:
          - {name: a, protocol: HTTPS, port: 443, hostname: a.example.com, tls: {mode: Terminate, certificateRefs: [{name: %1$s-one}]}}
          - {name: b, protocol: TLS, port: 443, hostname: '*.example.com', tls: {certificateRefs: [{name: %1$s-one, kind: Secret, group: ''}]}}
          - {name: c, protocol: TLS, port: 443, hostname: c.example.com, tls: {mode: Passthrough, certificateRefs: [{name: %1$s-no}]}}
          - {name: d, protocol: HTTP, port: 80, hostname: d.example.com}
          - {name: mine, protocol: HTTPS, port: 443, hostname: e.example.com, tls: {certificateRefs: [{name: %1$s-no}]}}
          - {name: far, protocol: HTTPS, port: 443, hostname: f.example.com, tls: {certificateRefs: [{name: %1$s-no, namespace: other}]}}
          - {name: bare, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: %1$s-no}]}}
        """
            .formatted(name));
  }

  private static void serveGateways(boolean served) {
    String name = "gateways.gateway.networking.k8s.io";
    while (true) {
      ApiObject definition = cluster.client.get(DEFINITIONS, "", name).copy();
      ((ObjectNode) definition.json().at("/spec/versions/0")).put("served", served);
      try {
        cluster.client.update(DEFINITIONS, definition);
        return;
      } catch (StatusException e) {
        if (e.status().code() != 409) {
          throw e;
        }
      }
    }
  }

  private static boolean served() {
    try {
      cluster.client.listAll(Resources.GATEWAYS, "default", ListOptions.ALL);
      return true;
    } catch (StatusException e) {
      return false;
    }
  }

  @Test
  @Tag("CM-35")
  void makesTheCertificatesOfAGatewayWhileItsDefinitionIsInstalled() throws Exception {
    for (String name : List.of("first", "second")) { // the definition is put out of use in between
      serveGateways(true);
      TestCluster.eventually("Gateways are served", GatewayTest::served);
      cluster.create(Resources.GATEWAYS, gateway(name));
      TestCluster.eventually(
          "the certificate is made",
          () -> cluster.client.find(Resources.CERTIFICATES, "default", name + "-one").isPresent());
      ApiObject one = cluster.certificate(name + "-one");
      assertThat(one.json().path("spec"))
          .isEqualTo(
              TestCluster.json(
                  """
                  dnsNames: [a.example.com, '*.example.com']
                  issuerRef: {name: us, kind: ClusterIssuer, group: cert-manager.io}
                  secretName: %s-one
                  usages: [digital signature, key encipherment]
                  """
                      .formatted(name)));
      assertThat(one.annotations())
          .containsEntry("acme.cert-manager.io/http01-parentrefkind", "Gateway")
          .containsEntry("acme.cert-manager.io/http01-parentrefname", name);
      assertThat(one.ownerReferences().getFirst().kind()).isEqualTo("Gateway");
      TestCluster.eventually("complaints", () -> cluster.hasEvent(name, "BadConfig"));
      assertThat(cluster.client.find(Resources.CERTIFICATES, "default", name + "-no")).isEmpty();

      cluster.change(
          Resources.GATEWAYS,
          name,
          g -> ((ObjectNode) g.at("/spec/listeners/1")).remove("hostname"));
      TestCluster.eventually(
          "it follows",
          () -> cluster.certificate(name + "-one").json().at("/spec/dnsNames").size() == 1);
      cluster.change(
          Resources.GATEWAYS,
          name,
          g -> ((ObjectNode) g.at("/spec/listeners/0")).remove("hostname"));
      TestCluster.eventually(
          "a listener that is not understood is told of",
          () ->
              cluster.events(name).stream()
                  .anyMatch(e -> e.contains("\"a\" gets no certificate: it has no hostname")));
      assertThat(cluster.certificate(name + "-one").json().at("/spec/dnsNames").size())
          .isEqualTo(1);
      cluster.change(Resources.GATEWAYS, name, g -> g.withArray("/spec/listeners").removeAll());
      TestCluster.eventually(
          "it goes",
          () -> cluster.client.find(Resources.CERTIFICATES, "default", name + "-one").isEmpty());
      serveGateways(false);
      TestCluster.eventually("they are no longer served", () -> !served());
    }
    serveGateways(true);
  }

  private static ApiObject listenerSet(String name, String annotations, String parent)
      throws Exception {
    return TestCluster.object(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ListenerSet
        metadata: {name: %1$s, annotations: {%2$s}}
        spec:
          parentRef: {%3$s}
          listeners:
          - {name: a, protocol: HTTPS, port: 443, hostname: %1$s.example.com, tls: {certificateRefs: [{name: %1$s-tls}]}}
        """
            .formatted(name, annotations, parent));
  }

  private static ApiObject made(String name) throws Exception {
    TestCluster.eventually(
        "the certificate is made",
        () -> cluster.client.find(Resources.CERTIFICATES, "default", name + "-tls").isPresent());
    return cluster.certificate(name + "-tls");
  }

  @Test
  @Tag("CM-35")
  void makesTheCertificatesOfAListenerSetWithItsGatewaysIssuer() throws Exception {
    TestCluster.eventually("Gateways are served", GatewayTest::served);
    define("listenersets", "ListenerSet");
    cluster.create(
        Resources.LISTENER_SETS, listenerSet("heir", "", "name: parent, namespace: default"));
    cluster.create(
        Resources.LISTENER_SETS,
        listenerSet("own", "cert-manager.io/issuer: mine", "name: parent"));
    cluster.create(
        Resources.LISTENER_SETS,
        listenerSet(
            "orphan", "cert-manager.io/issuer: mine", "name: parent, namespace: elsewhere"));
    cluster.create(Resources.GATEWAYS, gateway("parent"));

    ApiObject heir = made("heir");
    assertThat(heir.json().path("spec"))
        .isEqualTo(
            TestCluster.json(
                """
                dnsNames: [heir.example.com]
                issuerRef: {name: us, kind: ClusterIssuer, group: cert-manager.io}
                secretName: heir-tls
                usages: [digital signature, key encipherment]
                """));
    assertThat(heir.annotations())
        .containsEntry("acme.cert-manager.io/http01-parentrefkind", "ListenerSet")
        .containsEntry("acme.cert-manager.io/http01-parentrefname", "heir");
    assertThat(heir.ownerReferences().getFirst().kind()).isEqualTo("ListenerSet");
    assertThat(made("own").json().at("/spec/issuerRef/name").asText()).isEqualTo("mine");
    assertThat(cluster.client.find(Resources.CERTIFICATES, "default", "orphan-tls"))
        .as("nothing is made for a set whose Gateway is not there")
        .isEmpty();

    String byGateway = "acme.cert-manager.io/http01-parentreffallback";
    cluster.change(
        Resources.LISTENER_SETS,
        "heir",
        s -> s.withObject("/metadata/annotations").put(byGateway, "true"));
    TestCluster.eventually(
        "it follows",
        () ->
            cluster
                .certificate("heir-tls")
                .annotations()
                .getOrDefault("acme.cert-manager.io/http01-parentrefnamespace", "")
                .equals("default"));
    assertThat(cluster.certificate("heir-tls").annotations())
        .containsEntry("acme.cert-manager.io/http01-parentrefkind", "Gateway")
        .containsEntry("acme.cert-manager.io/http01-parentrefname", "parent");
    cluster.change(
        Resources.LISTENER_SETS,
        "heir",
        s -> s.withObject("/metadata/annotations").remove(byGateway));
    TestCluster.eventually(
        "it goes back",
        () ->
            !cluster
                .certificate("heir-tls")
                .annotations()
                .containsKey("acme.cert-manager.io/http01-parentrefnamespace"));

    cluster.change(
        Resources.GATEWAYS,
        "parent",
        g ->
            g.withObject("/metadata/annotations").put("cert-manager.io/cluster-issuer", "another"));
    TestCluster.eventually(
        "it follows its Gateway",
        () ->
            cluster
                .certificate("heir-tls")
                .json()
                .at("/spec/issuerRef/name")
                .asText()
                .equals("another"));
    cluster.change(
        Resources.LISTENER_SETS, "heir", s -> s.withArray("/spec/listeners").removeAll());
    TestCluster.eventually(
        "it goes",
        () -> cluster.client.find(Resources.CERTIFICATES, "default", "heir-tls").isEmpty());
  }
}
