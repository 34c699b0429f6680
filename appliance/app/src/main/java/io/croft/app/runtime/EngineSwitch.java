package io.croft.app.runtime;

import io.croft.app.config.Engine;
import io.croft.base.AtomicFiles;
import io.croft.base.Component;
import io.croft.engine.k3s.K3sEngine;
import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Txn;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a snapshot of the store before another engine, or another release of one, works on it.
/// Nothing is converted: engines keep the same objects under the same keys in the same encoding.
final class EngineSwitch implements Component, K3sEngine.StoreHooks {
  private static final Logger LOG = LoggerFactory.getLogger(EngineSwitch.class);

  /// Where k3s keeps the keys of its authorities, sealed with its token.
  private static final Bytes BOOTSTRAP = Bytes.utf8("/bootstrap/");

  private final Path root;
  private final StoreComponent store;
  private final Engine engine;

  EngineSwitch(Path root, StoreComponent store, Engine engine) {
    this.root = root;
    this.store = store;
    this.engine = engine;
  }

  @Override
  public String name() {
    return "engine-switch";
  }

  @Override
  public void start() throws IOException {
    Path file = root.resolve(EngineChoice.FILE);
    String last = Files.exists(file) ? Files.readString(file).strip() : Engine.EMBEDDED.text();
    if (!last.equals(engine.text()) && store.store().status().keys() > 0) {
      snapshot("before-" + engine.text());
    }
    if (!Files.exists(file) || !last.equals(engine.text())) {
      AtomicFiles.write(file, engine.text() + "\n", AtomicFiles.PUBLIC);
    }
  }

  @Override
  public void stop() {}

  @Override
  public void snapshot(String reason) throws IOException {
    Path directory = root.resolve("snapshots");
    AtomicFiles.ensurePrivateDirectory(directory);
    Path target =
        directory.resolve(
            "%s-%d.snapshot"
                .formatted(reason.replaceAll("[^A-Za-z0-9.+-]", "_"), store.revision()));
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Files.deleteIfExists(part);
    var mode = PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET);
    try (var channel =
            FileChannel.open(
                part, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode);
        var out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      store.store().snapshot(out);
      out.flush();
      channel.force(true);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    AtomicFiles.syncDirectory(directory);
    LOG.atInfo().addKeyValue("file", target).log("A snapshot was taken");
  }

  @Override
  public void forgetBootstrap() {
    var all = new Op.Delete(BOOTSTRAP, BOOTSTRAP.prefixEnd(), false);
    store.txn(new Txn(List.of(), List.of(all), List.of()));
  }
}
