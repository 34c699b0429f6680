package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.Leases.Lease;
import io.croft.store.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Exports a store as JSON lines ([ExportWriter] describes them): all of it, or the keys of a
/// prefix and the leases that they need. The keys are as they were at one revision; writes go on
/// meanwhile.
public final class Export {
  /// What a lease gets that ended while the export ran: its keys at the export's revision end
  /// likewise soon after an import.
  private static final long ENDED_TTL = 2;

  private static final Bytes FIRST_KEY = Bytes.wrap(new byte[1]);

  private final Store store;
  private final Bytes prefix;
  private final Map<Long, Long> leases = new HashMap<>();
  private final Set<Long> written = new HashSet<>();

  private Export(Store store, Bytes prefix) {
    this.store = store;
    this.prefix = prefix;
  }

  /// @param prefix empty for everything
  /// @param exportedAt what the export gives as its time
  /// @param to is not closed
  /// @throws IOException as `to` does; what was written then is incomplete, and no import takes it
  public static ExportSummary write(Store store, Bytes prefix, Instant exportedAt, OutputStream to)
      throws IOException {
    return new Export(store, prefix).write(exportedAt, to);
  }

  private ExportSummary write(Instant exportedAt, OutputStream to) throws IOException {
    // Before and after, as the keys may be on leases that are ended, or granted, in between.
    noteLeases();
    long revision = store.revision();
    noteLeases();
    ExportWriter writer = new ExportWriter(to, revision, exportedAt, prefix);
    if (prefix.isEmpty()) {
      for (long id : leases.keySet().stream().sorted().toList()) {
        writeLease(writer, id);
      }
    }
    writeKeys(writer, revision);
    return writer.finish();
  }

  private void noteLeases() {
    for (Lease lease : store.leases().list()) {
      leases.put(lease.id(), lease.ttlSeconds());
    }
  }

  private void writeKeys(ExportWriter writer, long revision) throws IOException {
    Bytes from = prefix.isEmpty() ? FIRST_KEY : prefix;
    try {
      store.scan(from, prefix.prefixEnd(), revision, kv -> writeKey(writer, kv));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void writeKey(ExportWriter writer, KeyValue kv) {
    try {
      if (kv.lease() != 0) {
        writeLease(writer, kv.lease());
      }
      writer.key(kv);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeLease(ExportWriter writer, long id) throws IOException {
    if (written.add(id)) {
      @Nullable Long ttlSeconds = leases.get(id);
      writer.lease(id, ttlSeconds == null ? ENDED_TTL : ttlSeconds);
    }
  }
}
