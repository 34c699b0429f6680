package io.croft.apiserver;

import static io.croft.apiserver.TestControlPlane.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of certificate signing requests that were approved, or not.
@Timeout(120)
final class CertificateRequestsTest {
  private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  /// Stands in for the built-in kind where that is not served.
  private static final String CRD =
      "{\"metadata\":{\"name\":\"certificatesigningrequests.certificates.k8s.io\",\"annotations\":"
          + "{\"api-approved.kubernetes.io\":\"unapproved, a test\"}},\"spec\":{\"group\":"
          + "\"certificates.k8s.io\",\"scope\":\"Cluster\",\"names\":{\"plural\":"
          + "\"certificatesigningrequests\",\"kind\":\"CertificateSigningRequest\"},\"versions\":"
          + "[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"subresources\":{\"status\":{}},"
          + "\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\","
          + "\"x-kubernetes-preserve-unknown-fields\":true}}}]}}";

  @TempDir Path directory;
  private TestControlPlane plane;
  private TestApi api;

  @BeforeEach
  void start() throws Exception {
    try (var alone = new TestApi(directory.resolve("store"))) {
      alone.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD);
    }
    plane = new TestControlPlane(directory);
    api = plane.api;
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private void request(String name, String signer, String subject, String usages) throws Exception {
    KeyPair pair = KeyPairs.generate();
    byte[] der =
        new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), pair.getPublic())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
            .getEncoded();
    String pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END CERTIFICATE REQUEST-----\n";
    String encoded = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    var created =
        api.post(
            REQUESTS,
            "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"signerName\":\"%s\",\"request\":\"%s\",\"usages\":%s}}"
                .formatted(name, signer, encoded, usages));
    assertThat(created.code()).as(created.body().toString()).isEqualTo(201);
  }

  private void decide(String name, String type) {
    String now = Instant.now().toString();
    boolean approval =
        api.get("/apis/certificates.k8s.io/v1").body().toString().contains("/approval");
    var done =
        api.patch(
            REQUESTS + "/" + name + (approval ? "/approval" : "/status"),
            "merge-patch",
            "{\"status\":{\"conditions\":[{\"type\":\"%s\",\"status\":\"True\",\"lastUpdateTime\":\"%s\"}]}}"
                .formatted(type, now));
    assertThat(done.code()).as(done.body().toString()).isEqualTo(200);
  }

  private JsonNode status(String name) {
    return api.get(REQUESTS + "/" + name).body().path("status");
  }

  private String failure(String name) throws Exception {
    eventually(name + " fails", () -> status(name).path("conditions").size() == 2);
    assertThat(status(name).has("certificate")).isFalse();
    JsonNode failed = status(name).path("conditions").path(1);
    assertThat(failed.path("type").asText()).isEqualTo("Failed");
    return failed.path("message").asText();
  }

  @Test
  void signsWhatWasApproved() throws Exception {
    request(
        "alice",
        "kubernetes.io/kube-apiserver-client",
        "O=gardeners,CN=alice",
        "[\"client auth\",\"digital signature\"]");
    assertThat(status("alice").has("certificate")).isFalse();
    decide("alice", "Approved");
    eventually("it is signed", () -> status("alice").has("certificate"));
    byte[] pem = Base64.getDecoder().decode(status("alice").path("certificate").asText());
    X509Certificate certificate =
        Pem.certificates(new String(pem, StandardCharsets.US_ASCII)).getFirst();
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=alice,O=gardeners");
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(certificate.getIssuerX500Principal().getName()).contains("client CA");
  }

  @Test
  void signsNothingThatTheSignerDoesNotGive() throws Exception {
    request("usage", "kubernetes.io/kube-apiserver-client", "CN=a", "[\"client auth\",\"any\"]");
    decide("usage", "Approved");
    assertThat(failure("usage")).contains("usages may hold nothing but");
    request("node", "kubernetes.io/kube-apiserver-client-kubelet", "CN=a", "[\"client auth\"]");
    decide("node", "Approved");
    assertThat(failure("node")).contains("the organization must be system:nodes");
    request(
        "master",
        "kubernetes.io/kube-apiserver-client",
        "O=system:masters,CN=a",
        "[\"client auth\"]");
    decide("master", "Approved");
    assertThat(failure("master")).contains("system:masters");
  }

  @Test
  void leavesAloneWhatWasDeniedOrIsSomeoneElses() throws Exception {
    request("denied", "kubernetes.io/kube-apiserver-client", "CN=a", "[\"client auth\"]");
    decide("denied", "Denied");
    request("foreign", "example.com/signer", "CN=a", "[\"client auth\"]");
    decide("foreign", "Approved");
    request("last", "kubernetes.io/kube-apiserver-client", "CN=a", "[\"client auth\"]");
    decide("last", "Approved");
    eventually("the last is signed", () -> status("last").has("certificate"));
    assertThat(status("denied").has("certificate")).isFalse();
    assertThat(status("foreign").has("certificate")).isFalse();
  }
}
