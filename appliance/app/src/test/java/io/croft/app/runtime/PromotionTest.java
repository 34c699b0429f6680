package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.runtime.CopyDirectory.Keys;
import io.croft.base.DataDirectory;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.model.Json;
import io.croft.pki.EncryptedKeys;
import io.croft.pki.KeyEncoding;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Txn;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.transfer.ChangeFile;
import io.croft.store.transfer.Changes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A host that keeps a copy becomes the appliance.
class PromotionTest {
  private static final Instant TIME = Instant.parse("2026-11-21T21:00:00Z");

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private Path temporary;
  private String key = Pem.encode(KeyPairs.generate().getPrivate());
  private long revision;

  private Path host() {
    return temporary.resolve("host");
  }

  private static void put(EmbeddedStore store, String key) {
    store.txn(new Txn(List.of(), List.of(Op.put(Bytes.utf8(key), Bytes.utf8("x"), 0)), List.of()));
  }

  /// An appliance whose identity is its name, and a host with a copy of it.
  private void copy() throws Exception {
    Path site = temporary.resolve("site");
    Path authority = Files.createDirectories(site.resolve("pki/authorities/1"));
    Files.writeString(authority.resolve("ca.key"), key);
    Files.writeString(site.resolve("pki/lock"), "");
    Files.writeString(site.resolve("pki/.ca.key.1.tmp"), "being written");
    Files.writeString(site.resolve("secrets.key"), "secret");
    Files.createDirectories(site.resolve("k3s"));
    Files.writeString(site.resolve("k3s/token"), "token");
    CopyDirectory copy = CopyDirectory.of(host());
    copy.create();
    try (EmbeddedStore store = EmbeddedStore.open(site.resolve("store"), Stores.CONFIG)) {
      put(store, "a");
      try (OutputStream out = Files.newOutputStream(copy.part())) {
        store.snapshot(out);
      }
      CopyDirectory.Kept taken = copy.take("1a", Instant.EPOCH);
      put(store, "b");
      revision = store.revision();
      try (ChangeFile changes = copy.open(taken)) {
        changes.add(Changes.after(taken.begin(), store, PATIENCE, PATIENCE, 1));
      }
      copy.write(new CopyDirectory.Kept("1a", taken.begin(), revision, TIME));
    }
    copy.write(new Keys(IdentityFiles.stamp(site), IdentityFiles.read(site)));
    Path node = Files.createDirectories(host().resolve("node"));
    Files.writeString(
        node.resolve("node.json"),
        "{\"server\": \"https://127.0.0.1:1\", \"name\": \"b\", \"role\": \"server\"}");
    Files.writeString(host().resolve("format"), "1\n");
  }

  private Promotion.Promoted promote() throws Exception {
    return promote(false);
  }

  private Promotion.Promoted promote(boolean force) throws Exception {
    try (DataDirectory directory = DataDirectory.open(host())) {
      return Promotion.run(
          directory, NodeDirectory.open(directory.root()), KeyEncoding.PLAIN, force);
    }
  }

  private void assertIsTheAppliance() throws Exception {
    assertThat(host().resolve("pki/authorities/1/ca.key")).hasContent(key);
    assertThat(host().resolve("secrets.key")).hasContent("secret");
    assertThat(host().resolve("k3s/token")).hasContent("token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host().resolve("pki"))))
        .isEqualTo("rwx------");
    assertThat(host().resolve("pki/lock")).doesNotExist();
    assertThat(host().resolve("pki/.ca.key.1.tmp")).doesNotExist();
    assertThat(host().resolve("copy")).doesNotExist();
    assertThat(NodeDirectory.at(host()).membership()).isEmpty();
    try (EmbeddedStore store = EmbeddedStore.open(host().resolve("store"), Stores.CONFIG)) {
      for (String key : List.of("a", "b")) {
        assertThat(store.range(RangeRequest.key(Bytes.utf8(key))).count()).isEqualTo(1);
      }
      assertThat(store.revision()).isGreaterThan(1_000_000_000);
    }
  }

  @Test
  void theCopyBecomesTheAppliance() throws Exception {
    copy();
    assertThat(Promotion.copied(host())).contains(TIME);
    assertThat(promote()).isEqualTo(new Promotion.Promoted(TIME, revision));
    assertIsTheAppliance();
  }

  /// After any of its steps. What has been moved is then of a copy that has changed since.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void whatWasInterruptedGoesOnWhereItIsSafe(int moved) throws Exception {
    copy();
    Files.createDirectories(host().resolve("copy/next/store"));
    for (String part :
        List.of("pki/authorities/1/ca.key", "secrets.key", "k3s/token").subList(0, moved)) {
      Path file = host().resolve(part);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.writeString(file, "of before");
    }
    promote();
    assertIsTheAppliance();
  }

  @Test
  void ofKeysThatThisHostCannotReadNothingIsMade() throws Exception {
    var passphrase = new EncryptedKeys("correct horse", true);
    key = passphrase.encode(KeyPairs.generate().getPrivate());
    copy();
    assertThatThrownBy(this::promote)
        .isInstanceOf(PkiException.class)
        .hasMessageContaining("pki/authorities/1/ca.key is encrypted")
        .hasMessageContaining("croft.pki.key-encryption");
    assertThat(host().resolve("pki")).doesNotExist();
    assertThat(NodeDirectory.at(host()).membership()).isPresent();
    assertThat(Promotion.copied(host())).contains(TIME);
  }

  /// The appliance that was restored may have less than its copy.
  @Test
  void theCopyOfAnotherStoreIsKept() throws Exception {
    copy();
    CopyDirectory copy = CopyDirectory.of(host());
    CopyDirectory.Kept last = copy.kept().orElseThrow();
    byte[] snapshot = Files.readAllBytes(copy.snapshot(last));
    byte[] changes = Files.readAllBytes(copy.changes(last));
    Files.write(copy.part(), snapshot);
    copy.take("2b", TIME);
    Path before = host().resolve("copy/before");
    assertThat(before.resolve(copy.snapshot(last).getFileName())).hasBinaryContent(snapshot);
    assertThat(before.resolve(copy.changes(last).getFileName())).hasBinaryContent(changes);
    assertThat(copy.snapshot(last)).doesNotExist();
    // As the manual says.
    for (Path file :
        List.of(
            before.resolve("copy.json"),
            before.resolve(copy.snapshot(last).getFileName()),
            before.resolve(copy.changes(last).getFileName()))) {
      Files.move(
          file,
          host().resolve("copy").resolve(file.getFileName()),
          StandardCopyOption.REPLACE_EXISTING);
    }
    promote();
    assertIsTheAppliance();
  }

  @Test
  void whatLackedOnlyItsLastStepIsNotMadeAgain() throws Exception {
    copy();
    CopyDirectory copy = CopyDirectory.of(host());
    Files.createDirectories(copy.next());
    ObjectNode files = copy.keys().orElseThrow().files();
    IdentityFiles.write(Json.bytes(files), host());
    Path store = Files.createDirectories(host().resolve("store"));
    Files.writeString(store.resolve("file"), "as it was moved");
    assertThat(promote().revision()).isEqualTo(revision);
    assertThat(store.resolve("file")).hasContent("as it was moved");
    assertThat(NodeDirectory.at(host()).membership()).isEmpty();
    assertThat(host().resolve("copy")).doesNotExist();
  }

  /// `croft store restore` may have made one.
  @Test
  void aStoreThatIsNotOfTheCopyIsNotTakenForIt() throws Exception {
    copy();
    Path store = Files.createDirectories(host().resolve("store"));
    Files.writeString(store.resolve("file"), "old");
    assertThatThrownBy(this::promote)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not of the copy");
    assertThat(store.resolve("file")).hasContent("old");
    assertThat(NodeDirectory.at(host()).membership()).isPresent();
    assertThat(CopyDirectory.of(host()).keys()).isPresent();
  }

  @Test
  void changesThatAreLostAreLostOnlyOnPurpose() throws Exception {
    copy();
    CopyDirectory copy = CopyDirectory.of(host());
    Path changes = copy.changes(copy.kept().orElseThrow());
    byte[] bytes = Files.readAllBytes(changes);
    bytes[bytes.length / 2] ^= 1;
    Files.write(changes, bytes);
    assertThatThrownBy(this::promote)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--force");
    assertThat(changes).hasBinaryContent(bytes);
    assertThat(host().resolve("pki")).doesNotExist();
    assertThat(promote(true).revision()).isEqualTo(revision - 1);
  }

  @Test
  void withoutAWholeCopyNothingHappens() throws Exception {
    copy();
    Files.delete(host().resolve("copy/keys.json"));
    assertThat(Promotion.copied(host())).isEmpty();
    assertThatThrownBy(this::promote).isInstanceOf(IOException.class).hasMessageContaining("keys");
    assertThat(NodeDirectory.at(host()).membership()).isPresent();
    assertThat(host().resolve("store")).doesNotExist();
  }

  @Test
  void aDamagedSnapshotMakesNoAppliance() throws Exception {
    copy();
    CopyDirectory copy = CopyDirectory.of(host());
    Path snapshot = copy.snapshot(copy.kept().orElseThrow());
    byte[] bytes = Files.readAllBytes(snapshot);
    bytes[bytes.length / 2] ^= 1;
    Files.write(snapshot, bytes);
    assertThatThrownBy(this::promote)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");
    assertThat(host().resolve("pki")).doesNotExist();
    assertThat(NodeDirectory.at(host()).membership()).isPresent();
  }

  @Test
  void noFileOfACopyLiesElsewhere() {
    byte[] evil = "{\"../evil\": \"eA==\"}".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> IdentityFiles.write(evil, host())).isInstanceOf(IOException.class);
    assertThat(temporary.resolve("evil")).doesNotExist();
  }
}
