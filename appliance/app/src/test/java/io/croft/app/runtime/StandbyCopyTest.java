package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.fleet.agent.ServerLink;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import io.croft.pki.EncryptedKeys;
import io.croft.pki.KeyEncoding;
import io.croft.pki.KeyPairs;
import io.croft.pki.PkiException;
import io.croft.pki.Recipient;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.transfer.Changes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A host that keeps a copy says when it is not current, and why.
class StandbyCopyTest {
  private static final String MACHINE = "b";
  private static final String KEY = "00".repeat(32);
  private static final Duration SOON = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private Path temporary;
  private EmbeddedStore store;
  private FakeAppliance appliance;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-21T21:00:00Z"));

  @BeforeEach
  void open() {
    store = EmbeddedStore.open(temporary.resolve("store"), Stores.CONFIG);
    appliance = new FakeAppliance();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Path data() {
    return temporary.resolve("host");
  }

  private StandbyCopy standby() {
    return new StandbyCopy(appliance, MACHINE, KEY, data(), () -> KeyEncoding.PLAIN, now::get);
  }

  private void put(String key) {
    store.txn(new Txn(List.of(), List.of(Op.put(Bytes.utf8(key), Bytes.utf8("x"), 0)), List.of()));
  }

  private static void eventually(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as("it takes too long").isNegative();
      Thread.sleep(20);
    }
  }

  /// Answers as the appliance does, unless told otherwise.
  private final class FakeAppliance implements ServerLink {
    private final AtomicInteger downloads = new AtomicInteger();
    private volatile String authority = "";
    private volatile boolean forgetful;
    private volatile boolean breaking;
    private volatile long ahead;

    @Override
    public byte[] ask(String method, String path, byte[] body)
        throws IOException, InterruptedException {
      return method.equals("POST") ? keys(body) : changes(path);
    }

    private byte[] keys(byte[] body) throws IOException {
      try {
        byte[] recipient =
            Base64.getDecoder().decode(Json.parseObject(body).path("publicKey").asText());
        byte[] pem = authority.getBytes(StandardCharsets.US_ASCII);
        byte[] files =
            Json.bytes(
                authority.isEmpty()
                    ? Json.object()
                    : Json.object().put("pki/ca.key", Base64.getEncoder().encodeToString(pem)));
        byte[] sealed = Recipient.seal(files, recipient, CopyRoutes.context(MACHINE, KEY));
        return Json.bytes(
            Json.object()
                .put("store", "1a")
                .put("stamp", "first")
                .put("sealed", Base64.getEncoder().encodeToString(sealed)));
      } catch (MalformedJsonException | PkiException e) {
        throw new IOException(e);
      }
    }

    private byte[] changes(String path) throws IOException, InterruptedException {
      if (forgetful) {
        throw Statuses.expired("that is forgotten");
      }
      long after = Long.parseLong(path.replaceAll(".*after=([0-9]+)&.*", "$1"));
      var answer = new ByteArrayOutputStream();
      answer.writeBytes(
          Json.bytes(
              Json.object().put("revision", store.revision() + ahead).put("stamp", "first")));
      answer.write('\n');
      answer.writeBytes(Changes.after(after, store, SOON, SOON, 1 << 20));
      return answer.toByteArray();
    }

    @Override
    public void download(String path, Path file) throws IOException {
      downloads.incrementAndGet();
      try (OutputStream out = Files.newOutputStream(file)) {
        if (breaking) {
          out.write(1);
          throw new IOException("the line was cut");
        }
        store.snapshot(out);
      }
    }
  }

  @Test
  void aCopyIsCurrentOnceItHasAll() throws Exception {
    put("a");
    try (StandbyCopy copy = standby()) {
      assertThat(copy.troubles()).containsExactly("there is no copy yet");
      copy.start();
      eventually(() -> copy.troubles().isEmpty());
    }
  }

  @Test
  void aCopyThatFallsBehindSaysSinceWhen() throws Exception {
    put("a");
    try (StandbyCopy copy = standby()) {
      copy.start();
      eventually(() -> copy.troubles().isEmpty());
      appliance.ahead = 1;
      now.set(now.get().plusSeconds(3600));
      eventually(() ->
          !copy.troubles().isEmpty()
              && copy.troubles()
                  .getFirst()
                  .startsWith("the copy is behind: it was last whole at 2026-11-21T"));
      appliance.ahead = 0;
      eventually(() -> copy.troubles().isEmpty());
    }
  }

  /// It would be copied without end.
  @Test
  void aStoreThatForgetsFasterThanItIsCopiedIsNotCopiedAtOnceAgain() throws Exception {
    put("a");
    appliance.forgetful = true;
    try (StandbyCopy copy = standby()) {
      copy.start();
      eventually(() -> copy.troubles().toString().contains("forgotten there"));
      assertThat(appliance.downloads).hasValue(1);
    }
  }

  @Test
  void ofADownloadThatBreaksNothingIsLeft() throws Exception {
    appliance.breaking = true;
    try (StandbyCopy copy = standby()) {
      copy.start();
      eventually(() -> copy.troubles().contains("the line was cut"));
      assertThat(data().resolve("copy/snapshot.part")).doesNotExist();
    }
  }

  @Test
  void keysThatThisHostCouldNotReadAreSaid() throws Exception {
    put("a");
    appliance.authority =
        new EncryptedKeys("correct horse", true).encode(KeyPairs.generate().getPrivate());
    try (StandbyCopy copy = standby()) {
      copy.start();
      eventually(() -> copy.troubles().toString().contains("could not read the authorities' keys"));
      assertThat(copy.troubles().toString()).contains("pki/ca.key is encrypted");
    }
    try (StandbyCopy copy = standby()) { // and again after a start
      copy.start();
      eventually(() -> copy.troubles().toString().contains("could not read the authorities' keys"));
    }
  }
}
