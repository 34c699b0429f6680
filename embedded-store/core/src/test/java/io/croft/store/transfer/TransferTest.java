package io.croft.store.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransferTest {
  private static final Instant TIME = Instant.parse("2026-05-06T07:08:09Z");

  @TempDir Path directory;

  private EmbeddedStore open(String name) {
    return EmbeddedStore.open(directory.resolve(name), StoreConfig.defaults());
  }

  private static void put(Store store, Bytes key, Bytes value, long lease) {
    store.txn(new Txn(List.of(), List.of(Op.put(key, value, lease)), List.of()));
  }

  /// In few transactions, as each is synced.
  private static void putAll(Store store, List<Op> puts) {
    for (int i = 0; i < puts.size(); i += 100) {
      List<Op> some = puts.subList(i, Math.min(puts.size(), i + 100));
      store.txn(new Txn(List.of(), some, List.of()));
    }
  }

  private static void put(Store store, String key, String value) {
    put(store, Bytes.utf8(key), Bytes.utf8(value), 0);
  }

  private static List<KeyValue> all(Store store) {
    Bytes zero = Bytes.wrap(new byte[1]);
    return store.range(RangeRequest.range(zero, zero)).kvs();
  }

  /// Key, value and lease of each.
  private static List<String> contents(Store store) {
    return all(store).stream().map(kv -> kv.key() + "=" + kv.value() + "@" + kv.lease()).toList();
  }

  private Path export(Store store, String prefix) throws IOException {
    Path file = directory.resolve("export.jsonl");
    try (OutputStream out = Files.newOutputStream(file)) {
      Export.write(store, Bytes.utf8(prefix), TIME, out);
    }
    return file;
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void writesOneObjectPerLine() throws IOException {
    try (EmbeddedStore store = open("a")) {
      store.leases().grant(0x6a, 60);
      put(store, "/a\"\n", "1");
      put(store, "/a\"\n", "2");
      put(store, Bytes.wrap(new byte[] {(byte) 0xff, 0}), Bytes.EMPTY, 0x6a);
      List<String> lines = Files.readAllLines(export(store, ""));
      assertThat(lines.subList(0, 4))
          .containsExactly(
              "{\"format\":\"croft-store-export\",\"version\":1,\"revision\":4,"
                  + "\"exportedAt\":\"2026-05-06T07:08:09Z\"}",
              "{\"lease\":\"6a\",\"ttlSeconds\":60}",
              "{\"key\":\"/a\\\"\\u000a\",\"keyBase64\":\"L2EiCg==\",\"valueBase64\":\"Mg==\","
                  + "\"create\":2,\"mod\":3,\"version\":2}",
              "{\"keyBase64\":\"/wA=\",\"valueBase64\":\"\",\"create\":4,\"mod\":4,"
                  + "\"version\":1,\"lease\":\"6a\"}");
      assertThat(lines.get(4)).startsWith("{\"leases\":1,\"keys\":2,\"sha256\":\"");
      assertThat(lines).hasSize(5);
    }
  }

  @Test
  void importsWhatWasExportedByteByByte() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    try (EmbeddedStore from = open("from");
        EmbeddedStore to = open("to")) {
      from.leases().grant(7, 600);
      from.leases().grant(8, 600);
      List<Op> puts = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        byte[] key = new byte[random.nextInt(6, 12)];
        byte[] value = new byte[random.nextInt(10_000)];
        random.nextBytes(key);
        random.nextBytes(value);
        puts.add(Op.put(Bytes.wrap(key), Bytes.wrap(value), random.nextInt(3) == 0 ? 7 : 0));
      }
      putAll(from, puts);
      Path file = export(from, "");
      ExportSummary summary = ExportFile.verify(file);
      assertThat(summary)
          .isEqualTo(new ExportSummary(from.revision(), TIME, Bytes.EMPTY, 2, all(from).size()));
      assertThat(Import.run(file, to, Existing.REFUSE))
          .isEqualTo(new ImportReport(2, summary.keys(), 0, 0));
      assertThat(contents(to)).isEqualTo(contents(from));
      assertThat(to.leases().timeToLive(7).keys()).isEqualTo(from.leases().timeToLive(7).keys());
      assertThat(to.leases().timeToLive(8).ttlSeconds()).isEqualTo(600);
    }
  }

  @Test
  void exportsAPrefixWithTheLeasesItNeeds() throws IOException {
    try (EmbeddedStore store = open("a")) {
      store.leases().grant(7, 600);
      store.leases().grant(8, 600);
      put(store, Bytes.utf8("/a/1"), Bytes.utf8("x"), 8);
      put(store, Bytes.utf8("/b/1"), Bytes.utf8("x"), 7);
      put(store, Bytes.utf8("/b/2"), Bytes.utf8("x"), 7);
      put(store, "/c", "x");
      Path file = export(store, "/b/");
      assertThat(ExportFile.verify(file))
          .isEqualTo(new ExportSummary(5, TIME, Bytes.utf8("/b/"), 1, 2));
      try (EmbeddedStore to = open("to")) {
        Import.run(file, to, Existing.REFUSE);
        assertThat(contents(to)).containsExactly("/b/1=x@7", "/b/2=x@7");
      }
    }
  }

  @Test
  @Tag("S54")
  void isOfOneRevisionWhileOthersWriteAndCompact() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (EmbeddedStore store = open("a");
        ExecutorService executor = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 10; i++) {
        writeAllAlike(store, 100 * i, 0);
      }
      Future<?> writer =
          executor.submit(() -> {
            for (int i = 1; !done.get(); i++) {
              writeAllAlike(store, 0, i);
              store.compact(store.revision());
            }
          });
      try {
        for (int i = 0; i < 3; i++) {
          Path file = export(store, "");
          try (EmbeddedStore to = open("to-" + i)) {
            Import.run(file, to, Existing.REFUSE);
            assertThat(all(to)).hasSize(1000);
            assertThat(all(to).subList(0, 100))
                .extracting(KeyValue::value)
                .containsOnly(all(to).getFirst().value());
          }
        }
      } finally {
        done.set(true);
      }
      writer.get();
    }
  }

  private static void writeAllAlike(Store store, int from, int number) {
    Op[] ops = new Op[100];
    Arrays.setAll(
        ops, i -> Op.put(Bytes.utf8("key-%03d".formatted(from + i)), Bytes.utf8("" + number), 0));
    store.txn(new Txn(List.of(), List.of(ops), List.of()));
  }

  @Test
  void refusesATargetWithKeysUnlessItIsToldWhatToDoWithThem() throws IOException {
    try (EmbeddedStore from = open("from");
        EmbeddedStore to = open("to")) {
      putAll(
          from,
          IntStream.range(100, 500)
              .mapToObj(i -> Op.put(Bytes.utf8("k" + i), Bytes.utf8("new"), 0))
              .toList());
      Path file = export(from, "");
      put(to, "k150", "old");
      put(to, "other", "old");
      assertThatThrownBy(() -> Import.run(file, to, Existing.REFUSE))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining("not empty")
          .hasMessageContaining("2 keys");
      assertThat(contents(to)).containsExactly("k150=old@0", "other=old@0");
      assertThat(Import.run(file, to, Existing.KEEP)).isEqualTo(new ImportReport(0, 399, 0, 1));
      assertThat(contents(to)).contains("k150=old@0", "k151=new@0", "other=old@0").hasSize(401);
      assertThat(Import.run(file, to, Existing.REPLACE)).isEqualTo(new ImportReport(0, 0, 400, 0));
      assertThat(contents(to)).contains("k150=new@0", "other=old@0").hasSize(401);
    }
  }

  @Test
  void writesNothingOfAFileThatIsDamagedOrCutOff() throws IOException {
    byte[] good;
    try (EmbeddedStore from = open("from")) {
      from.leases().grant(7, 600);
      putAll(
          from,
          IntStream.range(0, 300)
              .mapToObj(i -> Op.put(Bytes.utf8("key-" + i), Bytes.utf8("v".repeat(i)), i % 2 * 7L))
              .toList());
      good = Files.readAllBytes(export(from, ""));
    }
    SplittableRandom random = new SplittableRandom(2);
    Path file = directory.resolve("bad");
    try (EmbeddedStore to = open("to")) {
      for (int i = 0; i < 200; i++) {
        byte[] bad = good.clone();
        int at = random.nextInt(good.length - 1);
        bad[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, i % 4 == 0 ? Arrays.copyOf(good, at) : bad);
        assertThatThrownBy(() -> Import.run(file, to, Existing.REFUSE))
            .isInstanceOf(InvalidExportException.class);
      }
      assertThat(to.revision()).isEqualTo(1);
      assertThat(to.leases().list()).isEmpty();
    }
  }

  /// The checksum is right in all of them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1}|line 1: this is not an export",
        "[1]|line 1: column 1 is not as expected",
        "H,\"more\":1}|line 1: unknown fields [more]",
        "H}~{\"lease\":\"0\",\"ttlSeconds\":1}|line 2: field lease is not a number in hexadecimal",
        "H}~{\"lease\":\"1\"}|line 2: field ttlSeconds is missing",
        "H}~{\"lease\":\"1\",\"ttlSeconds\":0}|line 2: field ttlSeconds is 0, allowed is 1",
        "H}~{\"lease\":\"1\",\"ttlSeconds\":1,\"ttlSeconds\":1}|line 2: field ttlSeconds stands"
            + " there twice",
        "H}~{\"keyBase64\":\"!\"}|line 2: field keyBase64 is not base64",
        "H}~{\"keyBase64\":1}|line 2: field keyBase64 is not a text",
        "H}~K~K|line 3: key a is out of order",
        "H}~{\"key\":\"b\",\"keyBase64\":\"YQ==\"}|line 2: field key is not what keyBase64 says",
        "H}~K~|line 3: the export is cut off",
      })
  void namesTheLineAndFieldThatIsWrong(String lines, String message) throws IOException {
    String header =
        "{\"format\":\"croft-store-export\",\"version\":1,\"revision\":9,"
            + "\"exportedAt\":\"2026-05-06T07:08:09Z\"";
    String key =
        "{\"keyBase64\":\"YQ==\",\"valueBase64\":\"\",\"create\":2,\"mod\":2,\"version\":1}";
    String content = lines.replace("H", header).replace("K", key).replace("~", "\n");
    assertThatThrownBy(() -> ExportFile.verify(write("bad", content)))
        .isInstanceOf(InvalidExportException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatStandsBehindTheEnd() throws IOException {
    try (EmbeddedStore store = open("a")) {
      String good = Files.readString(export(store, ""));
      assertThat(ExportFile.verify(write("good", good)).keys()).isZero();
      assertThatThrownBy(() -> ExportFile.verify(write("bad", good + good)))
          .hasMessageContaining("behind the end");
    }
  }

  @Test
  void saysHowFarItCameWhenTheTargetRefusesAKey() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExportWriter writer = new ExportWriter(out, 9, TIME, Bytes.EMPTY);
    for (int i = 0; i < 200; i++) {
      Bytes key = Bytes.utf8("key-%03d".formatted(i));
      Bytes value = Bytes.wrap(new byte[i == 150 ? 2 << 20 : 10]);
      writer.key(new KeyValue(key, value, 2, 2, 1, 0));
    }
    writer.finish();
    Path file = write("large", out.toString(StandardCharsets.UTF_8));
    try (EmbeddedStore to = open("to")) {
      assertThatThrownBy(() -> Import.run(file, to, Existing.REFUSE))
          .isInstanceOfSatisfying(
              ImportException.class,
              e -> assertThat(e.imported()).isEqualTo(new ImportReport(0, 150, 0, 0)))
          .hasMessageContaining("at key key-150, after 150 of 200 keys")
          .hasCauseInstanceOf(StoreException.Invalid.class);
      assertThat(all(to)).hasSize(150);
    }
  }

  @Test
  void aLeaseThatTheTargetHasStaysAsItIs() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ExportWriter writer = new ExportWriter(out, 9, TIME, Bytes.EMPTY);
    writer.lease(5, 2);
    writer.key(new KeyValue(Bytes.utf8("a"), Bytes.EMPTY, 2, 2, 1, 5));
    writer.finish();
    Path file = write("leased", out.toString(StandardCharsets.UTF_8));
    try (EmbeddedStore to = open("to")) {
      to.leases().grant(5, 900);
      Import.run(file, to, Existing.REFUSE);
      assertThat(to.leases().timeToLive(5).ttlSeconds()).isEqualTo(900);
      assertThat(to.leases().timeToLive(5).keys()).containsExactly(Bytes.utf8("a"));
    }
  }
}
