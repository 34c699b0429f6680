package io.croft.security;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.base.LossCount;
import io.croft.model.Json;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends audit events to a server, as `EventList`s of `audit.k8s.io/v1`, besides the log.
///
/// Nobody waits for it: at most 2,000 events wait to be sent, their bodies within 8 MiB; what comes
/// beyond is counted, logged and lost for the server, not for the log. A list has up to 100 events
/// and is sent within a second. One that the server does not take is sent again, five times within
/// half a minute.
public final class AuditWebhook implements Component, AuditSink {
  private static final Logger LOG = LoggerFactory.getLogger(AuditWebhook.class);
  private static final int QUEUE_LENGTH = 2_000;
  private static final int MAX_BODY_BYTES = 8 << 20;
  private static final int BATCH = 100;
  private static final long BATCH_MILLIS = 1_000;
  private static final int ATTEMPTS = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long STOP_MILLIS = 3_000;

  private final Config config;
  private final Duration firstBackoff;
  private final BlockingQueue<AuditEvent> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
  private final Semaphore bodies = new Semaphore(MAX_BODY_BYTES);
  private final LossCount dropped = new LossCount();
  private @Nullable HttpClient client;
  private @Nullable Thread sender;
  private volatile boolean stopping;

  /// @param url of the server; `https`, or `http` to this machine
  /// @param authorities who may have signed its certificate, in PEM; the system's when empty
  /// @param tokenFile holds a bearer token, read at every request; none when empty
  public record Config(URI url, Optional<Path> authorities, Optional<Path> tokenFile) {
    public Config {
      boolean local = "localhost".equals(url.getHost()) || "127.0.0.1".equals(url.getHost());
      if (!"https".equals(url.getScheme()) && !("http".equals(url.getScheme()) && local)) {
        throw new IllegalArgumentException("expected a URL that begins with https://");
      }
      if (url.getUserInfo() != null) {
        throw new IllegalArgumentException(
            "credentials belong into a token file, not into the URL");
      }
    }
  }

  public AuditWebhook(Config config) {
    this(config, Duration.ofSeconds(1));
  }

  AuditWebhook(Config config, Duration firstBackoff) {
    this.config = config;
    this.firstBackoff = firstBackoff;
  }

  @Override
  public String name() {
    return "audit-webhook";
  }

  /// @throws IOException when the authorities cannot be read
  @Override
  public void init() throws IOException, GeneralSecurityException, PkiException {
    HttpClient.Builder builder =
        HttpClient.newBuilder().connectTimeout(TIMEOUT).followRedirects(HttpClient.Redirect.NEVER);
    if (config.authorities().isPresent()) {
      builder.sslContext(trusting(Pem.certificates(Files.readString(config.authorities().get()))));
    }
    client = builder.build();
  }

  private static SSLContext trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    var factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  @Override
  public synchronized void start() {
    sender = Thread.ofVirtual().name("audit-webhook").start(this::run);
  }

  /// Sends what waits, within three seconds.
  @Override
  public synchronized void stop() {
    stopping = true;
    if (sender != null) {
      try {
        if (!sender.join(Duration.ofMillis(STOP_MILLIS))) {
          sender.interrupt();
        }
      } catch (InterruptedException e) {
        sender.interrupt();
        Thread.currentThread().interrupt();
      }
      sender = null;
    }
    if (client != null) {
      client.shutdownNow();
    }
  }

  @Override
  public void accept(AuditEvent event) {
    if (event.level() == AuditLevel.NONE) {
      return;
    }
    AuditEvent fitting = bodies.tryAcquire(event.bodyBytes()) ? event : event.withoutBodies();
    if (stopping || !queue.offer(fitting)) {
      bodies.release(fitting.bodyBytes());
      drop(1, "too many wait");
    }
  }

  /// How many events the server has not been sent.
  public long dropped() {
    return dropped.total();
  }

  private void run() {
    try {
      while (!stopping || !queue.isEmpty()) {
        List<AuditEvent> batch = batch();
        if (!batch.isEmpty()) {
          deliver(batch);
          batch.forEach(event -> bodies.release(event.bodyBytes()));
        }
      }
    } catch (InterruptedException e) {
      drop(queue.size(), "the gateway stops");
    }
  }

  private List<AuditEvent> batch() throws InterruptedException {
    var batch = new ArrayList<AuditEvent>();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
    while (batch.size() < BATCH) {
      AuditEvent event = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (event == null) {
        return batch;
      }
      batch.add(event);
      if (stopping) {
        queue.drainTo(batch, BATCH - batch.size());
        return batch;
      }
    }
    return batch;
  }

  private void deliver(List<AuditEvent> batch) throws InterruptedException {
    byte[] body = body(batch);
    String failure = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        Thread.sleep(firstBackoff.multipliedBy(1L << (attempt - 1)));
      }
      try {
        int code = send(body);
        if (code >= 200 && code < 300) {
          return;
        }
        failure = "it answers " + code;
        if (code < 500 && code != 429) {
          break; // the next time it would not take it either
        }
      } catch (IOException | RuntimeException e) {
        failure = e.toString();
      }
    }
    drop(batch.size(), failure);
  }

  private int send(byte[] body) throws IOException, InterruptedException {
    HttpClient sending = client;
    if (sending == null) {
      throw new IOException("it has not been started");
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(config.url())
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (config.tokenFile().isPresent()) {
      String token = Files.readString(config.tokenFile().get()).strip();
      request.header("authorization", "Bearer " + token);
    }
    return sending.send(request.build(), BodyHandlers.discarding()).statusCode();
  }

  private static byte[] body(List<AuditEvent> batch) {
    ObjectNode list = Json.object().put("kind", "EventList").put("apiVersion", "audit.k8s.io/v1");
    list.putObject("metadata");
    ArrayNode items = list.putArray("items");
    batch.forEach(event -> items.add(event.toJson()));
    return Json.bytes(list);
  }

  private void drop(int events, String cause) {
    if (dropped.add(events)) {
      LOG.atWarn()
          .addKeyValue("droppedSoFar", dropped.total())
          .addKeyValue("cause", cause)
          .log("audit events were not sent to the webhook; the log has them");
    }
  }
}
