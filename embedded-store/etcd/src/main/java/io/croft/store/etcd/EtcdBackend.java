package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.ReadView;
import io.croft.store.Store;
import io.croft.store.etcd.internal.bolt.BoltFile;
import io.croft.store.etcd.wire.LeaseStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes what a store has now as the file in which etcd 3.4 and later keep it, so that they can
/// restore it. There is no history in it: the revision counts as compacted. Nor is there anything
/// of a cluster, which restoring makes anew.
///
/// | bucket | key → value |
/// |---|---|
/// | `key` | revision 8, `_`, index in it 8 → the key as `mvccpb.KeyValue` |
/// | `lease` | id 8 → `leasepb.Lease` |
/// | `meta` | `scheduledCompactRev`, `finishedCompactRev` → the revision as in `key` |
///
/// Numbers are big-endian.
final class EtcdBackend {
  /// What etcd expects to be there, though empty.
  private static final List<String> OTHER_BUCKETS =
      List.of("alarm", "auth", "authRoles", "authUsers", "cluster", "members", "members_removed");

  private static final Bytes ZERO = Bytes.wrap(new byte[1]);

  private EtcdBackend() {}

  /// @param to empty
  /// @param scratch directory for the space that sorting takes
  /// @param going called for every key; what it throws ends the work
  /// @return the store's revision in the file
  static long write(Store store, FileChannel to, Path scratch, Runnable going) throws IOException {
    try (RevisionSort keys = new RevisionSort(scratch)) {
      Rest rest = store.read(view -> gather(view, keys, going));
      BoltFile file = new BoltFile(to);
      file.bucket("key", entries -> writeKeys(keys, entries, going));
      file.bucket("lease", entries -> writeLeases(rest.leases, entries));
      file.bucket("meta", entries -> writeCompaction(rest.revision, entries));
      for (String name : OTHER_BUCKETS) {
        file.bucket(name, entries -> {});
      }
      file.end();
      return rest.revision;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /// What a view has besides keys.
  ///
  /// @param leases seconds by id, in the order of their bytes
  private record Rest(long revision, SortedMap<Long, Long> leases) {}

  private static Rest gather(ReadView view, RevisionSort keys, Runnable going) {
    view.scan(
        ZERO,
        ZERO,
        0,
        kv -> {
          going.run();
          try {
            keys.add(ToWire.kv(kv));
            return true;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    SortedMap<Long, Long> leases = new TreeMap<>(Long::compareUnsigned);
    leases.putAll(view.leaseSeconds());
    return new Rest(view.revision(), leases);
  }

  private static void writeKeys(RevisionSort keys, BoltFile.Entries entries, Runnable going)
      throws IOException {
    long[] last = new long[2];
    keys.drainTo(kv -> {
      going.run();
      last[1] = kv.getModRevision() == last[0] ? last[1] + 1 : 0;
      last[0] = kv.getModRevision();
      entries.add(revision(last[0], last[1]), Bytes.wrap(kv.toByteArray()));
    });
  }

  private static void writeLeases(SortedMap<Long, Long> leases, BoltFile.Entries entries)
      throws IOException {
    for (var lease : leases.entrySet()) {
      byte[] id = new byte[Long.BYTES];
      ByteBuffer.wrap(id).putLong(lease.getKey());
      LeaseStorage.Lease value =
          LeaseStorage.Lease.newBuilder().setID(lease.getKey()).setTTL(lease.getValue()).build();
      entries.add(Bytes.wrap(id), Bytes.wrap(value.toByteArray()));
    }
  }

  private static void writeCompaction(long revision, BoltFile.Entries entries) throws IOException {
    for (String name : List.of("finishedCompactRev", "scheduledCompactRev")) {
      entries.add(Bytes.utf8(name), revision(revision, 0));
    }
  }

  private static Bytes revision(long main, long sub) {
    byte[] bytes = new byte[2 * Long.BYTES + 1];
    ByteBuffer.wrap(bytes).putLong(main).put((byte) '_').putLong(sub);
    return Bytes.wrap(bytes);
  }
}
