package io.croft.gateway;

import static io.croft.gateway.RoutedGateway.ANYBODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.pki.CertificateAuthority;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Usage;
import io.croft.security.Access;
import io.croft.security.AuditEvent;
import io.croft.security.ClientCertificateAuthenticator;
import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A client whose certificate is no good is not a stranger, for whom some doors are open.
@Tag("S-8")
class BadCertificateTest {
  private static final CertificateAuthority OURS = Credentials.OURS.clientAuthority();
  private static final CertificateAuthority FOREIGN = Credentials.FOREIGN.clientAuthority();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String ALICE = "CN=alice,O=system:masters";

  private final RoutedGateway gateway =
      new RoutedGateway(
          new ClientCertificateAuthenticator(OURS.trusted(), _ -> false, InstantSource.system()));
  private RecordingUpstream upstream;

  @BeforeEach
  void route() throws IOException {
    upstream = new RecordingUpstream();
    gateway
        .with("/known", RoutedGateway.route(Access.AUTHENTICATED, upstream.endpoint()))
        .with("/open", RoutedGateway.route(ANYBODY, upstream.endpoint()));
  }

  @AfterEach
  void stop() throws IOException {
    gateway.close();
    upstream.close();
  }

  /// What is wrong with a certificate.
  enum Fault {
    EXPIRED("NotAfter"),
    NOT_YET_VALID("NotBefore"),
    FOR_SERVERS("Extended key usage does not permit use for TLS client"),
    FOR_NOTHING("not for a TLS client"),
    WITHOUT_A_NAME("no common name"),
    OF_ANOTHER_AUTHORITY("not trusted"),
    OF_ANOTHER_AUTHORITY_OF_THE_SAME_NAME("not trusted"),
    OF_ITSELF("not trusted"),
    OF_A_LEAF("not trusted");

    final String reason;

    Fault(String reason) {
      this.reason = reason;
    }

    Identity identity() throws PkiException {
      Instant now = Instant.now();
      return switch (this) {
        case EXPIRED -> issue(OURS, ALICE, now.minus(HOUR.multipliedBy(2)), Usage.CLIENT_AUTH);
        case NOT_YET_VALID -> issue(OURS, ALICE, now.plus(HOUR), Usage.CLIENT_AUTH);
        case FOR_SERVERS -> issue(OURS, ALICE, now, Usage.SERVER_AUTH);
        case FOR_NOTHING -> issue(OURS, ALICE, now, Usage.DIGITAL_SIGNATURE);
        case WITHOUT_A_NAME -> issue(OURS, "O=system:masters", now, Usage.CLIENT_AUTH);
        case OF_ANOTHER_AUTHORITY -> issue(FOREIGN, ALICE, now, Usage.CLIENT_AUTH);
        case OF_ANOTHER_AUTHORITY_OF_THE_SAME_NAME -> {
          Identity impostor = impostor(now);
          KeyPair pair = KeyPairs.generate();
          yield new Identity(
              pair.getPrivate(),
              List.of(
                  issuance(pair, ALICE, now, Usage.CLIENT_AUTH)
                      .signedBy(impostor.key(), impostor.leaf()),
                  impostor.leaf()));
        }
        case OF_ITSELF -> {
          KeyPair pair = KeyPairs.generate();
          yield new Identity(
              pair.getPrivate(),
              List.of(issuance(pair, ALICE, now, Usage.CLIENT_AUTH).selfSigned(pair)));
        }
        case OF_A_LEAF -> {
          Identity bob = Credentials.OURS.issueClient("bob", List.of(), HOUR);
          KeyPair pair = KeyPairs.generate();
          yield new Identity(
              pair.getPrivate(),
              List.of(
                  issuance(pair, ALICE, now, Usage.CLIENT_AUTH).signedBy(bob.key(), bob.leaf()),
                  bob.leaf(),
                  OURS.certificate()));
        }
      };
    }
  }

  /// An authority that says that it is ours.
  private static Identity impostor(Instant now) throws PkiException {
    KeyPair pair = KeyPairs.generate();
    String name = OURS.certificate().getSubjectX500Principal().getName();
    Issuance issuance =
        new Issuance(
            request(pair, name),
            now.minusSeconds(10),
            HOUR,
            true,
            Set.of(Usage.CERT_SIGN),
            Issuance.Pointers.NONE);
    X509Certificate certificate = issuance.selfSigned(pair);
    assertThat(certificate.getSubjectX500Principal())
        .isEqualTo(OURS.certificate().getSubjectX500Principal());
    return new Identity(pair.getPrivate(), List.of(certificate));
  }

  private static Identity issue(
      CertificateAuthority authority, String subject, Instant from, Usage usage)
      throws PkiException {
    KeyPair pair = KeyPairs.generate();
    return new Identity(
        pair.getPrivate(),
        List.of(
            issuance(pair, subject, from, usage).signedBy(authority.key(), authority.certificate()),
            authority.certificate()));
  }

  private static Issuance issuance(KeyPair pair, String subject, Instant from, Usage usage)
      throws PkiException {
    return new Issuance(
        request(pair, subject),
        from.minusSeconds(10),
        HOUR,
        false,
        Set.of(usage),
        Issuance.Pointers.NONE);
  }

  private static SigningRequest request(KeyPair pair, String subject) throws PkiException {
    var wish =
        new SigningRequest.Wish(
            Subject.literal(subject), AlternativeNames.NONE, Set.of(), null, "");
    return SigningRequest.create(pair, wish);
  }

  private RawConnection.Answer ask(Identity identity, String protocol, String path)
      throws IOException {
    var context = Credentials.clientContext(identity);
    try (var raw = RawConnection.open(gateway.running.port(), context, protocol)) {
      return raw.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    }
  }

  /// The handshake goes through: a client that has other credentials as well may show them.
  @ParameterizedTest
  @EnumSource
  void isRefusedEverywhere(Fault fault) throws Exception {
    Identity identity = fault.identity();
    int asked = 0;
    for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
      for (String path : List.of("/api/v1/pods", "/known", "/open")) {
        RawConnection.Answer answer = ask(identity, protocol, path);

        assertThat(answer.status()).as(protocol + " " + path).isEqualTo(401);
        assertThat(answer.body()).contains("\"kind\":\"Status\"", "\"Unauthorized\"");
        assertThat(answer.body()).doesNotContain("alice");
        asked++;
      }
    }
    assertThat(upstream.asked).isEmpty();
    int all = asked;
    Eventually.eventually("all are recorded", () -> gateway.events.size() == all);
    for (AuditEvent event : gateway.events) {
      assertThat(event.user()).isNull();
      assertThat(Objects.requireNonNull(event.status()).code()).isEqualTo(401);
      assertThat(event.annotations().get("authentication.croft.io/rejected"))
          .containsIgnoringCase(fault.reason);
    }
  }

  /// Else the test above would prove nothing.
  @ParameterizedTest
  @CsvSource({"TLSv1.2", "TLSv1.3"})
  void aGoodOneOfTheSameMakeIsTaken(String protocol) throws Exception {
    Identity alice = issue(OURS, ALICE, Instant.now(), Usage.CLIENT_AUTH);

    for (String path : List.of("/api/v1/pods", "/known", "/open")) {
      assertThat(ask(alice, protocol, path).status()).isEqualTo(200);
    }
    assertThat(upstream.asked).hasSize(2);
    assertThat(upstream.asked).allMatch(a -> a.all("x-remote-user").equals(List.of("alice")));
  }

  @Test
  void aStrangerWithoutOneGetsThroughWhereThatIsAllowed() throws Exception {
    try (var raw = gateway.running.raw()) {
      assertThat(raw.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n").answer().status())
          .isEqualTo(200);
    }
  }

  /// Whoever shows somebody's certificate without the key does not get to say a word.
  @ParameterizedTest
  @CsvSource({"TLSv1.2", "TLSv1.3"})
  void aCertificateWithoutItsKeyEndsTheHandshake(String protocol) throws Exception {
    Identity alice = issue(OURS, ALICE, Instant.now(), Usage.CLIENT_AUTH);
    var stolen = new Identity(KeyPairs.generate().getPrivate(), alice.chain());

    assertThatThrownBy(() -> ask(stolen, protocol, "/open")).isInstanceOf(IOException.class);
    assertThat(gateway.events).isEmpty();
    assertThat(upstream.asked).isEmpty();
  }
}
