package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the control plane does by itself, seen through the stock kubectl: the garbage collector and
/// the tokens of service accounts.
class KubectlControlPlaneTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);
  private final String namespace = "crew-" + NAMESPACES.incrementAndGet();

  @BeforeEach
  void createANamespace() {
    kubectl.text("create", "namespace", namespace);
  }

  private Command command(String... arguments) {
    var all = new ArrayList<String>();
    all.add("--namespace=" + namespace);
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  private String text(String... arguments) {
    return command(arguments).run().succeeded().text();
  }

  /// An owner with one dependent.
  private void createAFamily() {
    text("create", "configmap", "owner");
    String uid = text("get", "cm", "owner", "-o", "jsonpath={.metadata.uid}");
    String child =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: child
          ownerReferences:
          - {apiVersion: v1, kind: ConfigMap, name: owner, uid: %s, blockOwnerDeletion: true}
        """
            .formatted(uid);
    command("create", "-f", "-").reading(child).run().succeeded();
  }

  @Test
  void collectsDependentsInTheBackground() {
    createAFamily();
    text("delete", "cm", "owner", "--cascade=background");
    text("wait", "--for=delete", "cm/child", "--timeout=30s");
  }

  @Test
  void waitsForDependentsInTheForeground() {
    createAFamily();
    text("delete", "cm", "owner", "--cascade=foreground", "--timeout=30s");
    assertThat(text("get", "cm", "-o", "name").lines()).doesNotContain("configmap/child");
  }

  @Test
  void leavesOrphansAlone() {
    createAFamily();
    text("delete", "cm", "owner", "--cascade=orphan", "--timeout=30s");
    assertThat(text("get", "cm", "child", "-o", "jsonpath={.metadata.ownerReferences}")).isEmpty();
  }

  @Test
  void letsAServiceAccountInByItsToken() throws IOException {
    text("create", "serviceaccount", "robot");
    text("create", "role", "reader", "--verb=get,list", "--resource=configmaps");
    text(
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        "--serviceaccount=" + namespace + ":robot");
    String token = text("create", "token", "robot", "--duration=15m");
    String robot = "system:serviceaccount:" + namespace + ":robot";

    assertThat(withToken(token, "auth", "whoami").succeeded().text())
        .containsPattern("(?m)^Username +" + robot + "$")
        .contains("system:serviceaccounts:" + namespace);
    assertThat(withToken(token, "get", "cm", "-o", "name").succeeded().text())
        .contains("configmap/kube-root-ca.crt");
    assertThat(withToken(token, "get", "secrets").exited(1).err())
        .contains("User \"" + robot + "\" cannot list resource \"secrets\"");
    assertThat(withToken(token, "auth", "can-i", "--list").succeeded().text())
        .containsPattern("(?m)^configmaps +\\[\\] +\\[\\] +\\[get list\\]$")
        .containsPattern("(?m)^selfsubjectreviews.authentication.k8s.io ");

    text("delete", "serviceaccount", "robot");
    assertThat(withToken(token, "auth", "whoami").exited(1).err()).contains("Unauthorized");
  }

  /// Runs kubectl as whoever has a token, with nothing else but the certificates that every
  /// namespace has.
  private Command.Output withToken(String token, String... arguments) throws IOException {
    Path authority = APPLIANCE.directory().resolve(namespace + ".crt");
    Files.writeString(
        authority, text("get", "cm", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}"));
    var all = new ArrayList<String>();
    all.add("--token=" + token);
    all.add("--server=" + APPLIANCE.server());
    all.add("--certificate-authority=" + authority);
    all.addAll(List.of(arguments));
    return command(all.toArray(String[]::new)).with("KUBECONFIG", "/dev/null").run();
  }

  /// A user with some verbs on some resources, everywhere.
  private Command asUser(String user, String verbs, String resources, String... arguments) {
    kubectl.text("create", "clusterrole", user, "--verb=" + verbs, "--resource=" + resources);
    kubectl.text("create", "clusterrolebinding", user, "--clusterrole=" + user, "--user=" + user);
    var all = new ArrayList<String>();
    all.add("--as=" + user);
    all.addAll(List.of(arguments));
    return kubectl.command(all.toArray(String[]::new));
  }

  @Test
  void letsNobodyGiveAwayARolesRightsByItsLabels() {
    Command label =
        asUser(
            "labeller",
            "get,list,patch,update",
            "clusterroles",
            "label",
            "clusterrole",
            "cluster-admin",
            "rbac.authorization.k8s.io/aggregate-to-view=true");
    assertThat(label.run().exited(1).err())
        .contains("is attempting to grant RBAC permissions not currently held");
  }

  @Test
  void letsOnlyASignersApproversApprove() throws Exception {
    Path request = Files.createTempFile("croft-smoke", ".csr");
    Path key = Files.createTempFile("croft-smoke", ".key");
    Command.of(
            Distribution.peer("openssl"),
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            key.toString(),
            "-out",
            request.toString(),
            "-subj",
            "/CN=someone")
        .run()
        .succeeded();
    String manifest =
        """
        apiVersion: certificates.k8s.io/v1
        kind: CertificateSigningRequest
        metadata: {name: someone}
        spec:
          signerName: kubernetes.io/kube-apiserver-client
          usages: [client auth]
          request: %s
        """
            .formatted(Base64.getEncoder().encodeToString(Files.readAllBytes(request)));
    Files.delete(request);
    Files.delete(key);
    kubectl.command("create", "-f", "-").reading(manifest).run().succeeded();

    Command approve =
        asUser(
            "approver",
            "get,list,update,patch",
            "certificatesigningrequests.certificates.k8s.io,certificatesigningrequests.certificates.k8s.io/approval",
            "certificate",
            "approve",
            "someone");
    assertThat(approve.run().exited(1).err())
        .contains("user not permitted to approve requests with signerName");

    kubectl.text("certificate", "approve", "someone");
    kubectl.text("wait", "--for=jsonpath={.status.certificate}", "csr/someone", "--timeout=30s");
  }
}
