package io.croft.store.embedded;

import io.croft.store.KeyValue;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.log.LogDamageException;
import io.croft.store.internal.log.WriteAheadLog;
import io.croft.store.internal.state.Commit;
import io.croft.store.internal.state.View;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// Makes a new store from what stands before the damage in a store's log. What stands behind it is
/// not used, as nothing can say what lay between; it only tells how far the store had come.
final class Salvage {
  private Salvage() {}

  static SalvageReport from(Disk disk, Path target, long bump, StoreConfig config)
      throws IOException {
    Restore.checkBump(bump);
    Opening.Remains remains = Opening.openUpToDamage(disk, config);
    try {
      return remains
          .state()
          .read(view -> {
            try {
              return save(disk, remains, view, target, bump, config);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      remains.state().close();
      remains.file().close();
    }
  }

  private static SalvageReport save(
      Disk disk, Opening.Remains remains, View view, Path target, long bump, StoreConfig config)
      throws IOException {
    LogDamageException damage = remains.damage();
    long last = Math.max(view.revision(), damage == null ? 0 : lastFound(disk, remains, damage));
    Restore.into(target, to -> give(view, to, last + bump), config);
    return new SalvageReport(
        damage == null ? null : damage.getMessage(),
        view.revision(),
        last,
        last + bump,
        view.leases().size(),
        view.size());
  }

  private static long lastFound(Disk disk, Opening.Remains remains, LogDamageException damage)
      throws IOException {
    AtomicLong last = new AtomicLong();
    WriteAheadLog.readBehind(
        disk,
        remains.storeId(),
        damage.end(),
        payload ->
            Commit.decode(payload)
                .forEach(commit -> last.accumulateAndGet(commit.revision(), Math::max)));
    return last.get();
  }

  private static long give(View view, Snapshot.Target to, long revision) throws IOException {
    for (long lease : view.leases()) {
      to.lease(lease, Snapshot.ttl(view, lease));
    }
    try {
      view.forEach(kv -> give(to, kv));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return revision;
  }

  private static void give(Snapshot.Target to, KeyValue kv) {
    try {
      to.key(kv);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
