package io.croft.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.app.runtime.Stores;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Txn;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `croft store` on a data directory that no process uses.
class StoreCommandTest {
  private static final int IN_THE_FIRST_BLOCK = 16_384 + 100;

  @TempDir Path directory;

  private Path original() {
    return directory.resolve("original");
  }

  private void fill() throws Exception {
    Stores.create(
        original(),
        store -> {
          for (int i = 0; i < 10; i++) {
            store.txn(new Txn(List.of(), List.of(put("/key/" + i)), List.of()));
          }
          return store.txn(new Txn(List.of(), List.of(put("/other")), List.of()));
        });
  }

  private static Op put(String key) {
    return Op.put(Bytes.utf8(key), Bytes.utf8("value of " + key), 0);
  }

  private static String valueIn(Path dataDir, String key) throws Exception {
    return Stores.open(
        dataDir,
        store -> store.range(RangeRequest.key(Bytes.utf8(key))).kvs().getFirst().value().asUtf8());
  }

  private Call store(Path dataDir, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "store";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "--data-dir";
    all[all.length - 1] = dataDir.toString();
    return Call.croft(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "compact", "snapshot", "export"})
  void makesNoStoreWhereThereIsNone(String command) {
    Path nowhere = directory.resolve("nowhere");
    boolean makesFile = command.equals("snapshot") || command.equals("export");
    Path file = directory.resolve("file");
    var result = makesFile ? store(nowhere, command, file.toString()) : store(nowhere, command);

    assertThat(result.err()).endsWith("croft: " + nowhere + "/store does not exist\n");
    assertThat(result.code()).isEqualTo(1);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void restoresASnapshot() throws Exception {
    fill();
    Path file = directory.resolve("copy.snapshot");
    Path restored = directory.resolve("restored");

    assertThat(store(original(), "snapshot", file.toString()).out())
        .startsWith(file + ": revision 12, 11 keys, 0 leases, ");
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(store(restored, "restore", file.toString(), "--bump", "100").out())
        .isEqualTo(restored + ": 11 keys, 0 leases, revision 112\n");
    assertThat(store(restored, "check").out()).contains("112");
    assertThat(valueIn(restored, "/key/3")).isEqualTo("value of /key/3");
  }

  @Test
  void importsAnExport() throws Exception {
    fill();
    Path file = directory.resolve("copy.jsonl");
    Path imported = directory.resolve("imported");

    assertThat(store(original(), "export", file.toString(), "--prefix", "/key/").out())
        .isEqualTo(file + ": revision 12, 10 keys, 0 leases\n");
    assertThat(store(imported, "import", file.toString()).out())
        .isEqualTo(imported + ": 10 keys created, 0 replaced, 0 kept; 0 leases\n");
    assertThat(valueIn(imported, "/key/3")).isEqualTo("value of /key/3");
    assertThat(store(imported, "import", file.toString()).code()).isEqualTo(1);
    assertThat(store(imported, "import", file.toString(), "--merge", "keep").out())
        .isEqualTo(imported + ": 0 keys created, 0 replaced, 10 kept; 0 leases\n");
  }

  @Test
  void overwritesNoFile() throws Exception {
    fill();
    Path file = Files.writeString(directory.resolve("precious"), "precious");

    var result = store(original(), "snapshot", file.toString());

    assertThat(result.err()).contains(file + " exists; choose another name or remove it");
    assertThat(result.code()).isEqualTo(2);
    assertThat(file).hasContent("precious");
  }

  @Test
  void compacts() throws Exception {
    fill();

    assertThat(store(original(), "compact", "--revision", "5").out())
        .isEqualTo("compacted at revision 5\n");
    assertThat(store(original(), "compact", "--revision", "4").err())
        .isEqualTo("croft: revision 4 has been compacted; the oldest kept is 5\n");
    assertThat(store(original(), "compact").out()).isEqualTo("compacted at revision 12\n");
    assertThat(store(original(), "compact").out()).isEqualTo("compacted at revision 12\n");
  }

  @Test
  void salvagesWhatIsIntact() throws Exception {
    fill();
    Path salvaged = directory.resolve("salvaged");

    assertThat(store(original(), "salvage", salvaged.toString(), "--bump", "10").out())
        .isEqualTo(
            salvaged
                + ": 11 keys, 0 leases, as of revision 12; now revision 22\n"
                + "the log is intact; nothing is lost\n");
    try (var store = EmbeddedStore.open(salvaged, StoreConfig.defaults())) {
      assertThat(store.range(RangeRequest.key(Bytes.utf8("/key/3"))).count()).isEqualTo(1);
    }
  }

  @Test
  void tellsDamage() throws Exception {
    fill();
    try (var file = new RandomAccessFile(original().resolve("store/state").toFile(), "rw")) {
      file.seek(IN_THE_FIRST_BLOCK);
      int old = file.read();
      file.seek(IN_THE_FIRST_BLOCK);
      file.write(old ^ 1);
    }

    var result = store(original(), "check", "-o", "json");

    assertThat(result.out()).contains("\"sound\" : false");
    assertThat(result.code()).isEqualTo(1);
  }
}
