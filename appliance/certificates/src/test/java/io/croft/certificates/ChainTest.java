package io.croft.certificates;

import static io.croft.certificates.TestCluster.issuer;
import static io.croft.certificates.TestCluster.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.HttpHandler;
import io.croft.certificates.acme.Acme;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Resources;
import io.croft.certificates.api.SecretData;
import io.croft.model.ApiObject;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.KeyKind.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Chains of keys of all kinds, each kind as root, as intermediate and as leaf, in the opinion of
/// others. `-Dcroft.chains=all` has every intermediate sign leaves of every kind.
@Tag("CM-25")
@Tag("S27")
class ChainTest {
  private static final boolean ALL = "all".equals(System.getProperty("croft.chains"));
  private static final long DEADLINE_NANOS = TimeUnit.MINUTES.toNanos(ALL ? 20 : 5);

  private static final List<KeyKind> KINDS =
      List.of(
          new KeyKind(Algorithm.RSA, 2048),
          new KeyKind(Algorithm.RSA, 3072),
          new KeyKind(Algorithm.RSA, 4096),
          new KeyKind(Algorithm.ECDSA, 256),
          new KeyKind(Algorithm.ECDSA, 384),
          new KeyKind(Algorithm.ECDSA, 521),
          new KeyKind(Algorithm.ED25519, 256));

  @TempDir static Path directory;
  private static TestCluster cluster;
  private static final List<Chain> CHAINS = new ArrayList<>();

  /// Lists of Secrets that the certificate manager has asked for.
  private static final Queue<String> LISTS = new ConcurrentLinkedQueue<>();

  /// @param certificates the leaf first
  private record Chain(Path place, X509Certificate root, List<X509Certificate> certificates) {
    static Chain of(String name) throws Exception {
      ApiObject secret = cluster.secret(name + "-tls");
      ApiObject top = cluster.secret(rootOf(name) + "-tls");
      var root = Pem.certificates(SecretData.text(top, SecretData.CERTIFICATE)).getFirst();
      var chain = Pem.certificates(SecretData.text(secret, SecretData.CERTIFICATE));
      Path own = Files.createDirectories(directory.resolve("chains").resolve(name));
      Files.writeString(own.resolve("root.pem"), Pem.encode(root));
      Files.writeString(own.resolve("chain.pem"), Pem.encode(chain));
      Files.writeString(own.resolve("leaf.pem"), Pem.encode(chain.getFirst()));
      assertThat(SecretData.text(secret, SecretData.CA)).as(name).isEqualTo(Pem.encode(root));
      return new Chain(own, root, chain);
    }

    /// `leaf-MIDDLE-LEAF`, whose intermediate is signed by the root of the next kind.
    private static String rootOf(String name) {
      int middle = Integer.parseInt(name.split("-")[1]);
      return "root-" + (middle + 1) % KINDS.size();
    }
  }

  @BeforeAll
  static void issue() throws Exception {
    cluster =
        new TestCluster(directory, Acme.Config.usual(new Http01Tokens(false)), ChainTest::watched);
    cluster.create(Resources.ISSUERS, issuer("self", "selfSigned: {}"));
    LISTS.clear(); // of those who look at the start
    int count = KINDS.size();
    var leaves = new ArrayList<String>();
    for (int kind = 0; kind < count; kind++) {
      create("root-" + kind, kind, "self", "isCA: true, commonName: root " + kind);
      authority("root-" + kind);
      create(
          "middle-" + kind, kind, "root-" + (kind + 1) % count, "isCA: true, commonName: m" + kind);
      authority("middle-" + kind);
      List<Integer> below =
          ALL
              ? Stream.iterate(0, i -> i < count, i -> i + 1).toList()
              : List.of((kind + 3) % count);
      for (int leaf : below) {
        String name = "leaf-%d-%d".formatted(kind, leaf);
        create(name, leaf, "middle-" + kind, "dnsNames: [web.example.com], usages: [server auth]");
        leaves.add(name);
      }
    }
    for (String leaf : leaves) {
      awaitIssued(leaf);
      CHAINS.add(Chain.of(leaf));
    }
  }

  private static HttpHandler watched(HttpHandler handler) {
    return request -> {
      if (request.method().equals("GET") && request.path().endsWith("/secrets")) {
        LISTS.add(request.path());
      }
      return handler.handle(request);
    };
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static void create(String name, int kind, String issuer, String spec) throws Exception {
    KeyKind key = KINDS.get(kind);
    cluster.create(
        Resources.CERTIFICATES,
        object(
            """
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: {name: %1$s}
            spec: {secretName: %1$s-tls, issuerRef: {name: %2$s}, privateKey: {%3$s}, %4$s}
            """
                .formatted(name, issuer, wish(key), spec)));
  }

  private static String wish(KeyKind key) {
    String algorithm = "algorithm: " + key.algorithm().text();
    return key.algorithm() == Algorithm.ED25519 ? algorithm : algorithm + ", size: " + key.size();
  }

  private static void authority(String name) throws Exception {
    cluster.create(Resources.ISSUERS, issuer(name, "ca: {secretName: %s-tls}".formatted(name)));
  }

  /// Searching primes takes its time.
  private static void awaitIssued(String name) throws Exception {
    long begun = System.nanoTime();
    while (!Conditions.isTrue(cluster.certificate(name), Conditions.READY)) {
      assertThat(System.nanoTime() - begun).as(name).isLessThan(DEADLINE_NANOS);
      Thread.sleep(50);
    }
  }

  @Test
  void theyAreOfTheKindsThatWereAskedFor() throws Exception {
    for (Chain chain : CHAINS) {
      String[] name = Objects.requireNonNull(chain.place().getFileName()).toString().split("-");
      int middle = Integer.parseInt(name[1]);
      assertThat(kinds(chain))
          .containsExactly(
              KINDS.get(Integer.parseInt(name[2])),
              KINDS.get(middle),
              KINDS.get((middle + 1) % KINDS.size()));
    }
    assertThat(CHAINS).hasSize(ALL ? KINDS.size() * KINDS.size() : KINDS.size());
  }

  private static List<KeyKind> kinds(Chain chain) throws PkiException {
    var kinds = new ArrayList<KeyKind>();
    for (X509Certificate certificate : chain.certificates()) {
      kinds.add(KeyKind.of(certificate.getPublicKey()));
    }
    kinds.add(KeyKind.of(chain.root().getPublicKey()));
    return kinds;
  }

  @Test
  void javaVerifiesThem() throws Exception {
    for (Chain chain : CHAINS) {
      validate(chain.certificates(), chain.root());
      X509Certificate other = other(chain);
      assertThatThrownBy(() -> validate(chain.certificates(), other))
          .as("%s below %s", chain.place(), other.getSubjectX500Principal())
          .isInstanceOf(CertPathValidatorException.class);
    }
  }

  private static X509Certificate other(Chain chain) {
    return CHAINS.stream()
        .map(Chain::root)
        .filter(root -> !root.equals(chain.root()))
        .findFirst()
        .orElseThrow();
  }

  private static void validate(List<X509Certificate> chain, X509Certificate root)
      throws GeneralSecurityException {
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(cluster.clock.instant()));
    var path = CertificateFactory.getInstance("X.509").generateCertPath(chain);
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }

  @Test
  void openSslVerifiesThem() throws Exception {
    String openssl = program("openssl");
    for (Chain chain : CHAINS) {
      var line =
          List.of(
              openssl,
              "verify",
              "-x509_strict",
              "-purpose",
              "sslserver",
              "-verify_hostname",
              "web.example.com",
              "-CAfile",
              "root.pem",
              "-untrusted",
              "chain.pem",
              "leaf.pem");
      assertThat(run(chain.place(), line)).as(chain.place().toString()).isEmpty();
    }
  }

  @Test
  void goVerifiesThem() throws Exception {
    String go = program("go");
    Path source = directory.resolve("verify.go");
    try (InputStream in = ChainTest.class.getResourceAsStream("verify.go")) {
      Files.write(source, Objects.requireNonNull(in).readAllBytes());
    }
    var line = new ArrayList<>(List.of(go, "run", source.toString()));
    CHAINS.forEach(chain -> line.add(chain.place().toString()));
    assertThat(run(directory, line)).isEmpty();

    Path wrong = Files.createDirectories(directory.resolve("wrong"));
    Chain chain = CHAINS.getFirst();
    Files.writeString(wrong.resolve("root.pem"), Pem.encode(other(chain)));
    Files.copy(chain.place().resolve("chain.pem"), wrong.resolve("chain.pem"));
    assertThat(run(directory, List.of(go, "run", source.toString(), wrong.toString())))
        .contains("wrong: x509: certificate signed by unknown authority");
  }

  @Test
  void noSecretsAreListedToIssueACertificate() {
    assertThat(LISTS).isEmpty();
  }

  private static String program(String name) {
    for (String place : System.getenv().getOrDefault("PATH", "/usr/bin").split(":")) {
      Path program = Path.of(place, name);
      if (Files.isExecutable(program)) {
        return program.toString();
      }
    }
    Assumptions.abort("there is no %s on the PATH".formatted(name));
    throw new IllegalStateException(name);
  }

  /// What a program says against it; empty when it ends with 0.
  private static String run(Path directory, List<String> line)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(ChainTest.directory, "output", ".txt");
    Process process =
        new ProcessBuilder(line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(line + " does not end");
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    return process.exitValue() == 0 ? "" : "%d: %s".formatted(process.exitValue(), said);
  }
}
