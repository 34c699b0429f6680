package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A route and its certificate are changed under requests, half of them on connections that stay,
/// half on new ones. `-Dcroft.live.changes=1000 -Dcroft.live.rate=200` is the full measure.
@Tag("P10")
class LiveChangeTest {
  private static final int CHANGES = Integer.getInteger("croft.live.changes", 10);
  private static final int RATE = Integer.getInteger("croft.live.rate", 40);
  private static final int CLIENTS = 10;
  private static final int TIMEOUT_MILLIS = 30_000;

  @TempDir private Path files;

  @Test
  void noRequestFailsWhileRouteAndCertificateAreChanged() throws Exception {
    String openssl = Distribution.peer("openssl");
    for (int i = 0; i < 2; i++) {
      RoutedSite.certify(openssl, certificate(i), key(i));
    }
    try (var appliance = new Appliance();
        var site = new RoutedSite()) {
      RoutedSite.allow(appliance);
      appliance.start();
      String both = Files.readString(certificate(0)) + Files.readString(certificate(1));
      SSLContext tls = appliance.identity().trusting(both).tls();
      try (Api admin = appliance.api();
          var last = new Client(appliance.port(), tls)) {
        site.declare(admin, certificate(0), key(0));
        eventually("it is served", () -> isServed(last));
        try (var traffic = new Traffic(appliance.port(), tls)) {
          for (int i = 1; i <= CHANGES; i++) {
            RoutedSite.replaceCertificate(admin, certificate(i % 2), key(i % 2));
            RoutedSite.replaceRoute(admin, site.route(Integer.toString(i)));
            long answered = traffic.answered.get();
            eventually(
                "requests between changes", () -> traffic.answered.get() >= answered + RATE / 20);
          }
          String end = Integer.toString(CHANGES);
          eventually("the last change counts", () -> end.equals(last.versionOnNewConnection()));
          eventually(
              "the last certificate is shown",
              () -> {
                last.versionOnNewConnection();
                return last.shown.equals(fingerprint(certificate(CHANGES % 2)));
              });
          System.out.printf(
              "live change: %d certificates and %d routes, %d requests, %d failed%n",
              CHANGES, CHANGES, traffic.answered.get(), traffic.failures.size());
          assertThat(traffic.failures).isEmpty();
        }
      }
    }
  }

  /// Until its certificate is known, the gateway shows its own, which this client does not trust.
  private static boolean isServed(Client client) throws Exception {
    try {
      return "0".equals(client.versionOnNewConnection());
    } catch (SSLHandshakeException _) {
      return false;
    }
  }

  private Path certificate(int i) {
    return files.resolve(i + ".crt");
  }

  private Path key(int i) {
    return files.resolve(i + ".key");
  }

  private static String fingerprint(Path certificate) throws Exception {
    try (var in = Files.newInputStream(certificate)) {
      return digest(
          java.security.cert.CertificateFactory.getInstance("X.509")
              .generateCertificate(in)
              .getEncoded());
    }
  }

  private static String digest(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /// One connection at a time, which stays or is made anew.
  private static final class Client implements AutoCloseable {
    private final int port;
    private final SSLContext tls;
    private @Nullable SSLSocket socket;
    private volatile String shown = "";

    Client(int port, SSLContext tls) {
      this.port = port;
      this.tls = tls;
    }

    String versionOnNewConnection() throws Exception {
      close();
      return version();
    }

    /// What the answer says which route it came by; empty when there is none.
    synchronized String version() throws Exception {
      if (socket == null) {
        socket = connect();
      }
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: " + RoutedSite.HOST + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String status = in.readLine();
      if (status == null) {
        throw new IOException("closed without an answer");
      }
      String version = "";
      int length = 0;
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        if (line.startsWith("x-version: ")) {
          version = line.substring("x-version: ".length());
        } else if (line.startsWith("content-length: ")) {
          length = Integer.parseInt(line.substring("content-length: ".length()));
        }
      }
      for (int i = 0; i < length; i++) {
        if (in.read() < 0) {
          throw new IOException("closed within an answer");
        }
      }
      return status.contains(" 200 ") ? version : "";
    }

    private SSLSocket connect() throws Exception {
      var made = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port);
      made.setSoTimeout(TIMEOUT_MILLIS);
      var parameters = made.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(RoutedSite.HOST)));
      made.setSSLParameters(parameters);
      made.startHandshake();
      shown = digest(made.getSession().getPeerCertificates()[0].getEncoded());
      return made;
    }

    @Override
    public synchronized void close() throws IOException {
      if (socket != null) {
        socket.close();
        socket = null;
      }
    }
  }

  private static final class Traffic implements AutoCloseable {
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);

    Traffic(int port, SSLContext tls) {
      long pause = 1_000_000L * CLIENTS / RATE;
      for (int i = 0; i < CLIENTS; i++) {
        var client = new Client(port, tls);
        boolean stays = i % 2 == 0;
        var _ =
            clients.scheduleAtFixedRate(() -> ask(client, stays), 0, pause, TimeUnit.MICROSECONDS);
      }
    }

    private void ask(Client client, boolean stays) {
      try {
        if ((stays ? client.version() : client.versionOnNewConnection()).isEmpty()) {
          failures.add("no 200");
        } else {
          answered.incrementAndGet();
        }
      } catch (Exception e) {
        failures.add(e.toString());
      }
    }

    @Override
    public void close() {
      clients.close();
    }
  }
}
