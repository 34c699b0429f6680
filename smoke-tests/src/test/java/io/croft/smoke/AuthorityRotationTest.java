package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The appliance's authorities are replaced under way. `-Dcroft.rotation.leaves=100
/// -Dcroft.rotation.rate=200` is the full measure.
@Tag("S28")
class AuthorityRotationTest {
  private static final int LEAVES = Integer.getInteger("croft.rotation.leaves", 6);
  private static final int RATE = Integer.getInteger("croft.rotation.rate", 25);
  private static final int BATCH = 10;
  private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir private Path files;

  @Test
  void noHandshakeFailsWhileAuthoritiesAreReplacedAndTheOldRootIsNotTrustedInTheEnd()
      throws Exception {
    String openssl = Distribution.peer("openssl");
    try (var appliance = new Appliance()) {
      Files.createDirectories(appliance.dataDirectory());
      Files.writeString(appliance.dataDirectory().resolve("config.yaml"), "pki:\n  overlap: 3s\n");
      appliance.start();
      String oldRoot = root(appliance, 1);
      var clients = new AtomicReferenceArray<SSLContext>(LEAVES);
      Identity first;
      try (Api admin = appliance.api()) {
        for (int i = 0; i < LEAVES; i++) {
          clients.set(i, certified(admin, openssl, i, 1, oldRoot).tls());
        }
        first = certified(admin, openssl, 0, 2, oldRoot);
      }

      try (var traffic = new Traffic(appliance.port(), clients)) {
        appliance.croft("cert", "ca", "rotate").run().succeeded();
        eventually("both are trusted", () -> bundle(appliance).split("BEGIN").length == 3);
        eventually("the new ones issue", () -> "current".equals(state(appliance, 2)));
        awaitIssuing(appliance, openssl, first.issuer());
        for (int from = 0; from < LEAVES; from += BATCH) {
          assertThat(state(appliance, 1)).as("in use").isIn("replaced");
          try (Api admin = new Api(appliance.server(), administrator(appliance))) {
            String bundle = bundle(appliance);
            for (int i = from; i < Math.min(LEAVES, from + BATCH); i++) {
              clients.set(i, certified(admin, openssl, i, 3, bundle).tls());
            }
          }
        }
        Path old = appliance.dataDirectory().resolve("pki/authorities/1");
        eventually("the old ones are retired", () -> Files.notExists(old));
        assertThat(generations(appliance)).hasSize(1);
        long answered = traffic.answered();
        eventually("it goes on", () -> traffic.answered() > answered + RATE);
        assertThat(traffic.failures()).isEmpty();
        System.out.printf(
            "rotation: %d certificates, %d requests on connections of their own, %d failed%n",
            LEAVES, traffic.answered(), traffic.failures().size());
      }

      eventually(
          "the bundle is the new root's", () -> bundle(appliance).split("BEGIN").length == 2);
      assertThat(bundle(appliance)).doesNotContain(oldRoot.strip());
      assertThatThrownBy(() -> status(first.tls(), appliance.port()))
          .as("who trusts only the old root is not taken in")
          .isInstanceOf(IOException.class);
      assertThat(status(first.trusting(bundle(appliance)).tls(), appliance.port()))
          .as("a certificate of the old authority")
          .isEqualTo(401);

      SSLContext last = clients.get(LEAVES - 1);
      assertThat(status(last, appliance.port())).isEqualTo(200);
      appliance.croft("cert", "revoke", "client-" + (LEAVES - 1)).run().succeeded();
      assertThat(status(last, appliance.port())).as("revoked").isEqualTo(401);
    }
  }

  @Test
  void aRotationThatIsKilledAtItsStepsGoesOnAndNobodyIsCutOff() throws Exception {
    String openssl = Distribution.peer("openssl");
    try (var appliance = new Appliance()) {
      Files.createDirectories(appliance.dataDirectory());
      Files.writeString(appliance.dataDirectory().resolve("config.yaml"), "pki:\n  overlap: 3s\n");
      appliance.start();
      Path pki = appliance.dataDirectory().resolve("pki");
      Path old = pki.resolve("authorities/1");
      String oldRoot = root(appliance, 1);
      Identity before;
      try (Api admin = appliance.api()) {
        before = certified(admin, openssl, 0, 1, oldRoot);
      }

      // Killed while the next generation is made, or right after that:
      Process command =
          appliance
              .croft("cert", "ca", "rotate")
              .start(files.resolve("rotate.out"), files.resolve("rotate.err"));
      eventually(
          "it is begun",
          () ->
              Files.exists(pki.resolve("authorities/.new"))
                  || Files.exists(pki.resolve("authorities/2"))
                  || !command.isAlive());
      command.destroyForcibly().onExit().join();
      killAndStart(appliance, before);
      if (Files.notExists(pki.resolve("authorities/2"))) {
        appliance.croft("cert", "ca", "rotate").run().succeeded();
      }

      // Killed as soon as the new ones are announced, and when they issue:
      killAndStart(appliance, before);
      eventually("the new ones issue", () -> "current".equals(state(appliance, 2)));
      killAndStart(appliance, before);
      assertThat(state(appliance, 1)).as("in use").isEqualTo("replaced");
      eventually("both are trusted", () -> bundle(appliance).split("BEGIN").length == 3);

      Identity after;
      try (Api admin = new Api(appliance.server(), administrator(appliance))) {
        after = certified(admin, openssl, 0, 2, bundle(appliance));
      }
      // Killed when servers leave the old ones, and when these are retired:
      eventually(
          "superseded", () -> Files.exists(old.resolve("superseded")) || Files.notExists(old));
      killAndStart(appliance, after);
      eventually("retired", () -> Files.notExists(old));
      killAndStart(appliance, after);

      assertThat(generations(appliance)).hasSize(1);
      eventually(
          "the bundle is the new root's", () -> bundle(appliance).split("BEGIN").length == 2);
      assertThat(bundle(appliance)).doesNotContain(oldRoot.strip());
      assertThatThrownBy(() -> status(before.tls(), appliance.port()))
          .as("who trusts only the old root is not taken in")
          .isInstanceOf(IOException.class);
    }
  }

  /// Commands go by the time that it is, the appliance by what it has loaded: a little later, and a
  /// certificate of the old authority would keep that in use.
  private void awaitIssuing(Appliance appliance, String openssl, String oldIssuer)
      throws Exception {
    var turn = new AtomicInteger();
    try (Api admin = new Api(appliance.server(), administrator(appliance))) {
      String bundle = bundle(appliance);
      eventually(
          "the appliance issues by them",
          () -> {
            Identity probe = certified(admin, openssl, LEAVES, turn.incrementAndGet(), bundle);
            return !probe.issuer().equals(oldIssuer);
          });
    }
  }

  /// Nothing that was issued is forgotten, and a client gets through as soon as it is up again.
  private static void killAndStart(Appliance appliance, Identity client) throws Exception {
    Path issued = appliance.dataDirectory().resolve("pki/issued");
    List<String> lines = Files.readAllLines(issued);
    appliance.kill();
    appliance.launch();
    eventually("it answers", () -> answers(appliance, client));
    assertThat(Files.readAllLines(issued)).containsAll(lines);
  }

  private static boolean answers(Appliance appliance, Identity client) throws Exception {
    assertThat(appliance.process().isAlive()).as(appliance.log()).isTrue();
    try {
      return status(client.tls(), appliance.port()) == 200;
    } catch (ConnectException e) {
      return false; // not yet; a handshake that fails is a failure
    }
  }

  /// A new client's certificate, asked for as anyone would.
  private Identity certified(Api admin, String openssl, int number, int turn, String trusted)
      throws Exception {
    String name = "client-" + number;
    Path key = files.resolve(name + ".key");
    Path request = files.resolve(name + ".csr");
    var line =
        List.of(
            openssl,
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key.toString(),
            "-out",
            request.toString(),
            "-subj",
            "/CN=" + name);
    new Command(line, Map.of(), "").run().succeeded();
    String object = name + "-" + turn;
    JsonNode created =
        admin
            .post(
                REQUESTS,
                """
                {"metadata": {"name": "%s"}, "spec": {"signerName":
                "kubernetes.io/kube-apiserver-client", "usages": ["client auth"], "request": "%s"}}
                """
                    .formatted(object, base64(Files.readString(request))))
            .json();
    ((ObjectNode) created)
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", "Approved")
        .put("status", "True");
    assertThat(admin.put(REQUESTS + "/" + object + "/approval", created.toString()).status())
        .isEqualTo(200);
    var certificate = new StringBuilder();
    eventually(
        "issued",
        () -> {
          JsonNode status = admin.get(REQUESTS + "/" + object).json().path("status");
          certificate.append(status.path("certificate").asText(""));
          return !certificate.isEmpty();
        });
    return Identity.of(
        trusted.getBytes(StandardCharsets.US_ASCII),
        Base64.getDecoder().decode(certificate.toString()),
        Files.readAllBytes(key));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static List<JsonNode> generations(Appliance appliance) throws IOException {
    var list = new ArrayList<JsonNode>();
    String json = appliance.croft("cert", "ca", "list", "-o", "json").run().succeeded().out();
    MAPPER.readTree(json).forEach(list::add);
    return list;
  }

  private static String state(Appliance appliance, int generation) throws IOException {
    return generations(appliance).stream()
        .filter(g -> g.path("generation").asInt() == generation)
        .map(g -> g.path("state").asText())
        .findFirst()
        .orElse("");
  }

  private static String root(Appliance appliance, int generation) {
    return appliance
        .croft("cert", "ca", "show", String.valueOf(generation), "--root")
        .run()
        .succeeded()
        .out();
  }

  /// Anew each time, as it is replaced like everything else.
  private static Identity administrator(Appliance appliance) throws Exception {
    return Identity.of(appliance.dataDirectory().resolve("admin.kubeconfig"));
  }

  private static String bundle(Appliance appliance) throws Exception {
    try (Api admin = new Api(appliance.server(), administrator(appliance))) {
      return admin
          .get("/api/v1/namespaces/default/configmaps/kube-root-ca.crt")
          .json()
          .at("/data/ca.crt")
          .asText();
    }
  }

  /// The answer to one request on a connection, and in a session, of its own.
  private static int status(SSLContext client, int port) throws IOException {
    try (var socket = (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      var parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket
          .getOutputStream()
          .write(
              "GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      socket.getSession().invalidate();
      if (!answer.startsWith("HTTP/1.1 ")) {
        throw new IOException("no answer: " + answer);
      }
      return Integer.parseInt(answer.substring(9, 12));
    }
  }

  /// Requests of all clients in turn, at a rate.
  private static final class Traffic implements AutoCloseable {
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong next = new AtomicLong();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService threads = Executors.newFixedThreadPool(16);

    Traffic(int port, AtomicReferenceArray<SSLContext> clients) {
      var _ =
          clock.scheduleAtFixedRate(
              () -> threads.execute(() -> ask(port, clients)),
              0,
              1_000_000 / RATE,
              TimeUnit.MICROSECONDS);
    }

    private void ask(int port, AtomicReferenceArray<SSLContext> clients) {
      int client = (int) (next.getAndIncrement() % clients.length());
      try {
        int status = status(clients.get(client), port);
        if (status == 200) {
          answered.incrementAndGet();
        } else {
          failures.add("client " + client + ": " + status);
        }
      } catch (IOException e) {
        failures.add("client " + client + ": " + e);
      }
    }

    long answered() {
      return answered.get();
    }

    List<String> failures() {
      return List.copyOf(failures);
    }

    @Override
    public void close() {
      clock.shutdownNow();
      threads.shutdown();
      try {
        assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
