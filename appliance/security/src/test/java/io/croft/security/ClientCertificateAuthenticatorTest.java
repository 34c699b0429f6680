package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.Peer;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.pki.Identity;
import io.croft.pki.Pki;
import io.croft.pki.Profile;
import io.croft.pki.ServerNames;
import io.croft.security.Authenticator.Outcome;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientCertificateAuthenticatorTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static Pki pki;
  private static Pki otherSite;
  private final AtomicReference<Instant> time = new AtomicReference<>(NOW);
  private final Set<X509Certificate> revoked = new HashSet<>();
  private Authenticator authenticator = _ -> new Outcome.NoCredentials();

  @BeforeAll
  static void issue(@TempDir Path directory) throws Exception {
    ServerNames names = ServerNames.of(List.of("localhost"));
    pki = Pki.open(directory.resolve("a"), names, InstantSource.fixed(NOW));
    otherSite = Pki.open(directory.resolve("b"), names, InstantSource.fixed(NOW));
  }

  @BeforeEach
  void trust() {
    authenticator =
        new ClientCertificateAuthenticator(
            pki.clientAuthority().trusted(), revoked::contains, time::get);
  }

  @Test
  void readsUserAndGroupsFromTheSubject() throws Exception {
    Identity alice =
        pki.issueClient("alice, \"Al\"", List.of("dev", "ops+eu"), Duration.ofHours(1));
    Outcome outcome = authenticate(alice.leaf());
    assertThat(outcome).isInstanceOf(Outcome.Authenticated.class);
    UserInfo user = ((Outcome.Authenticated) outcome).user();
    assertThat(user.name()).isEqualTo("alice, \"Al\"");
    assertThat(user.groups()).containsExactly("dev", "ops+eu", "system:authenticated");
    assertThat(user.extra().get("authentication.kubernetes.io/credential-id"))
        .singleElement()
        .asString()
        .matches("X509SHA256=[0-9a-f]{64}");
  }

  @Test
  void theAdministratorIsAMaster() {
    assertThat(authenticate(pki.admin().leaf()))
        .isInstanceOfSatisfying(
            Outcome.Authenticated.class,
            ok -> {
              assertThat(ok.user().name()).isEqualTo("kubernetes-admin");
              assertThat(ok.user().inGroup("system:masters")).isTrue();
            });
  }

  @Test
  void hasNothingToSayWithoutACertificate() {
    assertThat(authenticator.authenticate(HttpRequest.of("GET", "/", Query.EMPTY)))
        .isEqualTo(new Outcome.NoCredentials());
  }

  @Test
  void isNotContentWithoutTheCertificateThatWasNotTrusted() {
    var distrusted = new Peer("192.0.2.7", List.of(), "the certificate is not trusted");
    HttpRequest request =
        new HttpRequest("GET", "/", Query.EMPTY, Headers.EMPTY, RequestBody.EMPTY, distrusted);
    assertThat(authenticator.authenticate(request))
        .isEqualTo(new Outcome.Rejected("the certificate is not trusted"));
  }

  @Test
  void rejectsACertificateOfAnotherSite() {
    assertRejected(
        otherSite.admin().leaf(), "the certificate was not issued by the client authority");
  }

  @Test
  void rejectsAServerCertificate() {
    assertRejected(pki.server().leaf(), "the certificate is not for a TLS client");
  }

  @Test
  void rejectsAServerCertificateOfTheClientAuthority() throws Exception {
    var profile = new Profile.Server("alice", ServerNames.of(List.of("alice")), Duration.ofDays(1));
    assertRejected(
        pki.clientAuthority().issue(profile).leaf(), "the certificate is not for a TLS client");
  }

  @Test
  void rejectsTheAuthorityItself() {
    assertRejected(pki.clientAuthority().certificate(), "the certificate is not for a TLS client");
  }

  @Test
  void rejectsACertificateThatExpiresWhileItsConnectionLasts() throws Exception {
    X509Certificate leaf = pki.issueClient("alice", List.of(), Duration.ofHours(1)).leaf();
    assertThat(authenticate(leaf)).isInstanceOf(Outcome.Authenticated.class);
    time.set(NOW.plus(Duration.ofMinutes(61)));
    assertThat(authenticate(leaf)).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void aRevokedCertificateIsRejectedFromTheNextRequestOn() throws Exception {
    var profile = new Profile.Client("alice", List.of(), Duration.ofHours(1));
    X509Certificate leaf = pki.clientAuthority().issue(profile).leaf();
    assertThat(authenticate(leaf)).isInstanceOf(Outcome.Authenticated.class);
    revoked.add(leaf);
    assertRejected(leaf, "the certificate was revoked");
  }

  private void assertRejected(X509Certificate certificate, String reason) {
    assertThat(authenticate(certificate)).isEqualTo(new Outcome.Rejected(reason));
  }

  @Test
  void whatACertificateLetInEndsWhenItIsTakenBackNotWhenItExpires() throws Exception {
    Identity alice = pki.issueClient("alice", List.of(), Duration.ofHours(1));
    var outcome = (Outcome.Authenticated) authenticate(alice.leaf());
    Standing standing = outcome.standing().orElseThrow();
    time.set(NOW.plus(Duration.ofHours(2)));
    assertThat(standing.holds()).isTrue();
    revoked.add(alice.leaf());
    assertThat(standing.holds()).isFalse();
    Identity bob = pki.issueClient("alice", List.of(), Duration.ofHours(3));
    var other = (Outcome.Authenticated) authenticate(bob.leaf());
    assertThat(other.standing().orElseThrow().key()).isNotEqualTo(standing.key());
  }

  private Outcome authenticate(X509Certificate certificate) {
    return authenticator.authenticate(
        new HttpRequest(
            "GET",
            "/",
            Query.EMPTY,
            Headers.EMPTY,
            RequestBody.EMPTY,
            new Peer("192.0.2.7", List.of(certificate))));
  }
}
