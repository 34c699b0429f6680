package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An appliance and a host whose clock is moved, by libfaketime. The test itself stays in its own
/// time, and so believes no certificate; it looks at what they say.
@Tag("M8")
class ClockTest {
  private static final Duration LIFE = Duration.ofDays(365);

  @TempDir private Path directory;
  private final int port = Distribution.freePort();
  private String library = "";

  @BeforeEach
  void findLibrary() throws Exception {
    Assumptions.assumeTrue(
        Boolean.getBoolean("croft.clock"), "takes several minutes: -Dcroft.clock=true runs it");
    Optional<Path> found = library();
    Assumptions.assumeTrue(
        found.isPresent(), "libfaketime is not installed: nobody's clock can be moved");
    library = found.orElseThrow().toString();
    setClock(Duration.ZERO);
  }

  /// The one that leaves waiting to the system: the other one has Java's threads wait for nothing.
  private static Optional<Path> library() throws IOException {
    for (String place : List.of("/usr/lib", "/usr/lib64", "/usr/local/lib")) {
      if (Files.isDirectory(Path.of(place))) {
        try (Stream<Path> files =
            Files.find(
                Path.of(place), 4, (file, _) -> file.endsWith("faketime/libfaketime.so.1"))) {
          Optional<Path> found = files.findFirst();
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  @AfterEach
  void stop() {
    croft("node", "down").run();
    croft("site", "down").run();
  }

  private void setClock(Duration ahead) throws IOException {
    Path next = Files.writeString(directory.resolve("clock.next"), "+" + ahead.toSeconds() + "\n");
    Files.move(next, directory.resolve("clock"), StandardCopyOption.ATOMIC_MOVE);
  }

  private Command croft(String who, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", directory.resolve(who).toString()));
    return Distribution.croft(all.toArray(String[]::new))
        .with("LD_PRELOAD", library)
        .with("FAKETIME_TIMESTAMP_FILE", directory.resolve("clock").toString())
        .with("FAKETIME_CACHE_DURATION", "1")
        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .with("NO_FAKE_STAT", "1");
  }

  private void up() {
    croft("site", "up", "--detach", "--listen", "127.0.0.1:" + port)
        .with("CROFT_FLEET_CERTIFICATE_LIFE", LIFE.toDays() + "d")
        .run()
        .succeeded();
  }

  private void join() throws Exception {
    String token = croft("site", "token", "create", "--role", "agent").run().succeeded().text();
    croft(
            "node",
            "join",
            "https://127.0.0.1:" + port,
            "--token-file",
            "/dev/stdin",
            "--name",
            "edge",
            "--detach")
        .reading(token)
        .run()
        .succeeded();
  }

  private boolean isReady() {
    return croft("site", "node", "list").run().succeeded().out().contains("edge   Ready");
  }

  private X509Certificate hostCertificate() throws Exception {
    try (var in = Files.newInputStream(directory.resolve("node/node/certificate.pem"))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  @Test
  void whatWasOffFor400DaysComesUpServesAndRejoins() throws Exception {
    up();
    join();
    eventually("the host is ready", this::isReady);
    croft("node", "down").run().succeeded();
    croft("site", "down").run().succeeded();

    Duration off = Duration.ofDays(400);
    setClock(off);
    up();
    assertThat(croft("site", "node", "list").run().succeeded().out()).contains("edge");
    croft("node", "join", "--detach").run().succeeded();
    eventually("the host is ready again", this::isReady);
    Instant now = Instant.now().plus(off);
    assertThat(hostCertificate().getNotAfter().toInstant()).isAfter(now);
    try (var visitor = new Visitor(port)) {
      assertThat(visitor.visit().getNotAfter().toInstant()).isAfter(now);
    }
  }

  @Test
  void certificatesAreRenewedInTimeWhileConnectionsGoOn() throws Exception {
    up();
    join();
    eventually("the host is ready", this::isReady);
    X509Certificate host = hostCertificate();
    try (var visitor = new Visitor(port)) {
      X509Certificate server = visitor.visit();
      visitor.start();
      setClock(LIFE.dividedBy(2));
      visitor.awaitVisits(20);
      assertThat(isReady()).isTrue();
      assertThat(visitor.last()).isEqualTo(server);
      assertThat(hostCertificate()).isEqualTo(host);

      setClock(LIFE.multipliedBy(2).dividedBy(3).plusDays(1));
      eventually("the appliance shows another one", () -> !visitor.last().equals(server));
      eventually("the host has another one", () -> !hostCertificate().equals(host));
      visitor.awaitVisits(20);
      eventually("the host is ready with it", this::isReady);
      // What was issued with the new clock lives for as long again.
      setClock(LIFE.plusDays(30));
      visitor.awaitVisits(20);
      eventually("the host is ready beyond the first one's end", this::isReady);
      assertThat(visitor.failures()).isEmpty();
    }
  }

  /// Connects again and again, and believes whoever answers.
  private static final class Visitor implements AutoCloseable {
    private final SSLContext tls;
    private final int port;
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger visits = new AtomicInteger();
    private final Thread thread = Thread.ofPlatform().unstarted(this::visitAgain);
    private volatile boolean closed;
    private volatile X509Certificate last;

    Visitor(int port) throws Exception {
      this.port = port;
      tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {new Everybody()}, new SecureRandom());
      last = visit();
    }

    void start() {
      thread.start();
    }

    private void visitAgain() {
      while (!closed) {
        try {
          last = visit();
          visits.incrementAndGet();
          Thread.sleep(50);
        } catch (IOException e) {
          failures.add(e.toString());
        } catch (InterruptedException e) {
          return;
        }
      }
    }

    /// A new connection, and one request on it.
    X509Certificate visit() throws IOException {
      try (var plain = new Socket(InetAddress.getLoopbackAddress(), port);
          var socket =
              (SSLSocket) tls.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
        socket.setSoTimeout(30_000);
        socket.startHandshake();
        socket
            .getOutputStream()
            .write(
                "GET /fleet/v1/authorities HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        String line = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        if (!line.equals("HTTP/1.1 200")) {
          throw new IOException("answered with " + line);
        }
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    }

    X509Certificate last() {
      return last;
    }

    List<String> failures() {
      return List.copyOf(failures);
    }

    void awaitVisits(int more) throws Exception {
      int wanted = visits.get() + more;
      eventually(more + " more visits; failed: " + failures, () -> visits.get() >= wanted);
    }

    @Override
    public void close() {
      closed = true;
      thread.interrupt();
    }
  }

  private static final class Everybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
