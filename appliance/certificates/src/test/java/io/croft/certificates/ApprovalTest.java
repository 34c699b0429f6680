package io.croft.certificates;

import static io.croft.certificates.TestCluster.certificate;
import static io.croft.certificates.TestCluster.eventually;
import static io.croft.certificates.TestCluster.issuer;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A site where people, or a policy, approve requests.
class ApprovalTest {
  @TempDir Path directory;

  @Test
  @Tag("CM-8")
  void waitsForApproval() throws Exception {
    var acme = Acme.Config.usual(new Http01Tokens(false));
    try (var cluster = new TestCluster(directory, acme, false, UnaryOperator.identity())) {
      cluster.create(Resources.ISSUERS, issuer("self", "selfSigned: {}"));
      for (String name : new String[] {"yes", "no"}) {
        cluster.create(
            Resources.CERTIFICATES, certificate(name, "commonName: a, issuerRef: {name: self}"));
        eventually("it waits", () -> cluster.hasEvent(name + "-1", "WaitingForApproval"));
      }
      assertThat(Conditions.find(cluster.get(Resources.REQUESTS, "yes-1"), Conditions.READY))
          .isEmpty();
      decide(cluster, "yes-1", Conditions.APPROVED);
      decide(cluster, "no-1", Conditions.DENIED);
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

  private static void decide(TestCluster cluster, String request, String decision) {
    cluster.changeStatus(
        Resources.REQUESTS,
        request,
        r ->
            Conditions.set(
                r,
                decision,
                true,
                "KubectlCertManager",
                "looked at",
                cluster.clock.instant(),
                false));
  }
}
