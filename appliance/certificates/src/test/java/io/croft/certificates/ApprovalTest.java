package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.signing.ApprovedSigners;
import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.security.UserInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who approves requests: the appliance for those issuers that the site lists, people and policies
/// for the others.
class ApprovalTest {
  @TempDir Path directory;

  private TestCluster cluster(ApprovedSigners approved) throws Exception {
    var acme = Acme.Config.usual(new Http01Tokens(false));
    return new TestCluster(directory, acme, approved, UnaryOperator.identity());
  }

  /// Has something asked of an issuer of the kind `Thing`, by a request `NAME-1`.
  private static void ask(TestCluster cluster, String name, String group, String issuer)
      throws Exception {
    cluster.create(
        Resources.CERTIFICATES,
        certificate(
            name,
            "commonName: a, issuerRef: {name: %s, kind: Thing, group: %s}"
                .formatted(issuer, group)));
    eventually(
        "it is asked for",
        () -> cluster.client.find(Resources.REQUESTS, "default", name + "-1").isPresent());
  }

  private static boolean approved(TestCluster cluster, String name) {
    return Conditions.isTrue(cluster.get(Resources.REQUESTS, name + "-1"), Conditions.APPROVED);
  }

  @Test
  @Tag("CM-8")
  void waitsForApproval() throws Exception {
    try (var cluster = cluster(ApprovedSigners.NONE)) {
      cluster.create(Resources.ISSUERS, issuer("self", "selfSigned: {}"));
      for (String name : new String[] {"yes", "no"}) {
        cluster.create(
            Resources.CERTIFICATES, certificate(name, "commonName: a, issuerRef: {name: self}"));
        eventually("it waits", () -> cluster.hasEvent(name + "-1", "WaitingForApproval"));
      }
      assertThat(Conditions.find(cluster.get(Resources.REQUESTS, "yes-1"), Conditions.READY))
          .isEmpty();
      cluster.decide("yes-1", Conditions.APPROVED);
      cluster.decide("no-1", Conditions.DENIED);
      cluster.issued("yes", 1);
      cluster.awaitReason("no", Conditions.ISSUING, "Denied");
      assertThat(
              Conditions.find(cluster.certificate("no"), Conditions.ISSUING)
                  .orElseThrow()
                  .message())
          .as("it says what the decision was for")
          .endsWith("looked at");
    }
  }

  @Test
  @Tag("CM-8")
  @Tag("CM-9")
  void approvesForTheListedSignersAndSaysWhatOthersLack() throws Exception {
    var approved =
        ApprovedSigners.parse(
            ApprovedSigners.USUAL
                + ", things.all.example.com/*, things.named.example.com/default.mine,"
                + " things.cluster.example.com/mine, things.late.example.com/*");
    try (var cluster = cluster(approved)) {
      cluster.define("things", "Thing", "all.example.com", "Namespaced");
      cluster.define("things", "Thing", "named.example.com", "Namespaced");
      cluster.define("things", "Thing", "cluster.example.com", "Cluster");
      ask(cluster, "all", "all.example.com", "any");
      ask(cluster, "named", "named.example.com", "mine");
      ask(cluster, "cluster", "cluster.example.com", "mine");
      for (String name : List.of("all", "named", "cluster")) {
        eventually(name + " is approved", () -> approved(cluster, name));
      }

      ask(cluster, "other", "named.example.com", "other");
      eventually("it waits", () -> cluster.hasEvent("other-1", "WaitingForApproval"));
      assertThat(cluster.events("other-1"))
          .anySatisfy(event ->
              assertThat(event)
                  .contains(
                      "croft.certificates.approve-signers has neither things.named.example.com/*"
                          + " nor things.named.example.com/default.other"));
      assertThat(approved(cluster, "other")).isFalse();

      ask(cluster, "late", "late.example.com", "any");
      eventually("it waits", () -> cluster.hasEvent("late-1", "WaitingForApproval"));
      assertThat(cluster.events("late-1"))
          .anySatisfy(event -> assertThat(event).contains("Thing.late.example.com/any"));
      cluster.define("things", "Thing", "late.example.com", "Cluster");
      eventually("it is approved once its kind is there", () -> approved(cluster, "late"));
    }
  }

  /// The outcomes of upstream's tests of approval.
  @Test
  @Tag("CM-8")
  void letsOnlyApproversDecideByTheNamesOfTheirIssuers() throws Exception {
    try (var cluster = cluster(ApprovedSigners.parse(ApprovedSigners.USUAL))) {
      ask(cluster, "missing", "missing.example.com", "mine");
      refuses(
          cluster,
          "missing",
          "things.missing.example.com/*",
          "spec.issuerRef: Forbidden: referenced signer resource does not exist:"
              + " {mine Thing missing.example.com}");

      cluster.define("things", "Thing", "named.example.com", "Namespaced");
      cluster.define("others", "Thing", "cluster.example.com", "Cluster");
      String missing =
          "user \"someone\" does not have permissions to set approved/denied conditions for issuer"
              + " ";
      ask(cluster, "n1", "named.example.com", "mine");
      String named = missing + "{mine Thing named.example.com}";
      refuses(cluster, "n1", "nothing", named);
      refuses(cluster, "n1", "things.named.example.com/mine", named);
      refuses(cluster, "n1", "things.named.example.com/default.other", named);
      decide(cluster, "n1", "things.named.example.com/default.mine", Conditions.APPROVED);
      ask(cluster, "n2", "named.example.com", "mine");
      decide(cluster, "n2", "things.named.example.com/*", Conditions.DENIED);

      ask(cluster, "c1", "cluster.example.com", "mine");
      String wide = missing + "{mine Thing cluster.example.com}";
      refuses(cluster, "c1", "others.cluster.example.com/default.mine", wide);
      refuses(cluster, "c1", "things.cluster.example.com/*", wide);
      decide(cluster, "c1", "others.cluster.example.com/mine", Conditions.DENIED);
      ask(cluster, "c2", "cluster.example.com", "mine");
      decide(cluster, "c2", "others.cluster.example.com/*", Conditions.APPROVED);
    }
  }

  private static void refuses(TestCluster cluster, String name, String signer, String message) {
    for (String decision : List.of(Conditions.APPROVED, Conditions.DENIED)) {
      assertThatThrownBy(() -> decide(cluster, name, signer, decision))
          .as("%s of %s by who may for %s", decision, name, signer)
          .hasMessageContaining("admission webhook \"webhook.cert-manager.io\" denied")
          .message()
          .endsWith(message);
    }
  }

  /// As somebody who may approve for one signer.
  private static void decide(TestCluster cluster, String name, String signer, String decision) {
    ApiClient somebody = cluster.as(UserInfo.of("someone", signer));
    ApiObject request = cluster.get(Resources.REQUESTS, name + "-1").copy();
    cluster.setDecision(request, decision);
    somebody.updateStatus(Resources.REQUESTS, request);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "issuers.example.com",
        "issuers/*",
        "Issuer.example.com/a",
        "issuers.example.com/*,",
        "issuers.example.com/a*",
        "issuers.example.com/a/b"
      })
  void refusesWhatNamesNoSigner(String text) {
    assertThatThrownBy(() -> ApprovedSigners.parse(text))
        .hasMessageContaining("such as issuers.example.com/*");
  }

  @Test
  void takesAnAsteriskForAll() throws Exception {
    try (var cluster = cluster(ApprovedSigners.parse("*"))) {
      cluster.define("things", "Thing", "example.com", "Namespaced");
      ask(cluster, "any", "example.com", "any");
      eventually("it is approved", () -> approved(cluster, "any"));
    }
  }
}
