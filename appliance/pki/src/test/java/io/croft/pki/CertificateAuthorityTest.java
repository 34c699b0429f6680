package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringWriter;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private final KeyPair pair = KeyPairs.generate();
  private final KeyPair rootPair = KeyPairs.generate();
  private final X509Certificate root =
      CertificateWriter.root(rootPair, "test root", NOW, Duration.ofDays(1000));

  @TempDir Path directory;

  private CertificateAuthority authority;

  @BeforeEach
  void makeAuthority() throws PkiException {
    authority = authority(pair, NOW);
  }

  private CertificateAuthority authority(KeyPair keys, Instant at) throws PkiException {
    X509Certificate certificate =
        CertificateWriter.authority(
            rootPair.getPrivate(),
            root,
            keys.getPublic(),
            "test CA",
            Purpose.CLIENTS,
            NOW,
            Duration.ofDays(100));
    return new CertificateAuthority(
        new CertificateAuthority.Issuer(
            1, Purpose.CLIENTS, keys.getPrivate(), List.of(certificate)),
        List.of(certificate),
        new CertificateAuthority.Surroundings(
            new Registry(directory), Optional.empty(), InstantSource.fixed(at)));
  }

  @Test
  void authorityMayIssueLeavesOnly() {
    X509Certificate certificate = authority.certificate();
    assertThat(certificate.getBasicConstraints()).isZero();
    assertThat(certificate.getKeyUsage()[5]).as("keyCertSign").isTrue();
    assertThat(certificate.getKeyUsage()[6]).as("cRLSign").isTrue();
    assertThat(certificate.getCriticalExtensionOIDs())
        .containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
    assertThat(certificate.getSerialNumber().signum()).isPositive();
  }

  @Test
  void serverCertificateListsNamesAndServesServersOnly() throws Exception {
    var names = ServerNames.of(List.of("croft.example.com", "10.0.0.1", "2001:db8::1"));
    X509Certificate leaf =
        authority.issue(new Profile.Server("croft", names, Duration.ofDays(10))).leaf();
    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(
            List.of(2, "croft.example.com"),
            List.of(7, "10.0.0.1"),
            List.of(7, "2001:db8:0:0:0:0:0:1"));
    assertThat(leaf.getExtendedKeyUsage()).containsExactly(SERVER_AUTH);
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    validate(leaf, NOW);
  }

  @Test
  void clientCertificateCarriesUserAndGroups() throws Exception {
    var profile = new Profile.Client("alice", List.of("dev", "ops"), Duration.ofDays(10));
    X509Certificate leaf = authority.issue(profile).leaf();
    assertThat(leaf.getSubjectX500Principal())
        .isEqualTo(new X500Principal("CN=alice, O=ops, O=dev"));
    assertThat(leaf.getExtendedKeyUsage()).containsExactly(CLIENT_AUTH);
    assertThat(leaf.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(leaf.getKeyUsage()[5]).as("keyCertSign").isFalse();
    validate(leaf, NOW);
  }

  @Test
  void isValidFiveMinutesBeforeItWasIssued() throws Exception {
    X509Certificate leaf = client(Duration.ofDays(10));
    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofMinutes(5)));
  }

  @Test
  void neverOutlivesItsIssuer() throws Exception {
    assertThat(client(Duration.ofDays(365)).getNotAfter())
        .isEqualTo(authority.certificate().getNotAfter());
  }

  @Test
  void expiredAuthorityIssuesNothing() throws Exception {
    CertificateAuthority expired = authority(pair, NOW.plus(Duration.ofDays(101)));
    assertThatThrownBy(() -> expired.issue(new Profile.Client("a", List.of(), Duration.ofDays(1))))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("CN=test CA\" expired at 2026-06-09");
  }

  @Test
  void tellsItsOwnCertificatesFromThoseOfANamesake() throws Exception {
    KeyPair other = KeyPairs.generate();
    CertificateAuthority namesake = authority(other, NOW);
    X509Certificate leaf = client(Duration.ofDays(1));
    assertThat(authority.issued(leaf)).isTrue();
    assertThat(namesake.issued(leaf)).isFalse();
  }

  @Test
  void certifiesTheKeyOfARequest() throws Exception {
    KeyPair requester = KeyPairs.generate();
    CertificateRequest request = CertificateRequest.parse(requestPem(requester, requester));
    assertThat(request.commonName()).isEqualTo("system:node:n1");
    assertThat(request.organizations()).containsExactly("system:nodes");
    assertThat(request.names()).isEqualTo(ServerNames.of(List.of("n1.local", "10.1.2.3")));
    var profile =
        new Profile.Client(request.commonName(), request.organizations(), Duration.ofDays(1));
    X509Certificate leaf = authority.issue(profile, request.publicKey()).getFirst();
    assertThat(leaf.getPublicKey()).isEqualTo(requester.getPublic());
  }

  @Test
  void refusesARequestForSomeoneElsesKey() throws Exception {
    String pem = requestPem(KeyPairs.generate(), KeyPairs.generate());
    assertThatThrownBy(() -> CertificateRequest.parse(pem))
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("not signed by its own key");
  }

  @Test
  void refusesGarbageInPlaceOfARequest() {
    String pem = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----";
    assertThatThrownBy(() -> CertificateRequest.parse(pem)).isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> CertificateRequest.parse("")).isInstanceOf(PkiException.class);
  }

  @Test
  void findsThePublicKeyOfAnRsaKey() throws Exception {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair rsa = generator.generateKeyPair();
    assertThat(KeyPairs.of(Pem.privateKey(Pem.encode(rsa.getPrivate()))).getPublic())
        .isEqualTo(rsa.getPublic());
    assertThat(KeyPairs.match(rsa.getPrivate(), pair.getPublic())).isFalse();
  }

  private X509Certificate client(Duration ttl) throws PkiException {
    return authority.issue(new Profile.Client("alice", List.of(), ttl)).leaf();
  }

  private void validate(X509Certificate leaf, Instant at) throws Exception {
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(authority.certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf));
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }

  private static String requestPem(KeyPair subject, KeyPair signer) throws Exception {
    var names =
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, "n1.local"),
              new GeneralName(GeneralName.iPAddress, "10.1.2.3")
            });
    var extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.subjectAlternativeName, false, names);
    PKCS10CertificationRequest request =
        new JcaPKCS10CertificationRequestBuilder(
                new X500Principal("CN=system:node:n1, O=system:nodes"), subject.getPublic())
            .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()));
    var text = new StringWriter();
    try (var pem = new JcaPEMWriter(text)) {
      pem.writeObject(request);
    }
    return text.toString();
  }
}
