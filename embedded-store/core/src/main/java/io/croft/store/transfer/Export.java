package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.ReadView;
import io.croft.store.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;

/// Exports a store as JSON lines ([ExportWriter] describes them): all of it, or the keys of a
/// prefix and the leases that they need. The keys are as they were at one revision; writes go on
/// meanwhile.
public final class Export {
  private static final Bytes FIRST_KEY = Bytes.wrap(new byte[1]);

  private final ReadView view;
  private final Bytes prefix;
  private final SortedMap<Long, Long> leases;
  private final Set<Long> written = new HashSet<>();

  private Export(ReadView view, Bytes prefix) {
    this.view = view;
    this.prefix = prefix;
    this.leases = view.leaseSeconds();
  }

  /// @param prefix empty for everything
  /// @param exportedAt what the export gives as its time
  /// @param to is not closed
  /// @throws IOException as `to` does; what was written then is incomplete, and no import takes it
  public static ExportSummary write(Store store, Bytes prefix, Instant exportedAt, OutputStream to)
      throws IOException {
    try {
      return store.read(view -> {
        try {
          return new Export(view, prefix).write(exportedAt, to);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private ExportSummary write(Instant exportedAt, OutputStream to) throws IOException {
    ExportWriter writer = new ExportWriter(to, view.revision(), exportedAt, prefix);
    if (prefix.isEmpty()) {
      for (long id : leases.keySet()) {
        writeLease(writer, id);
      }
    }
    Bytes from = prefix.isEmpty() ? FIRST_KEY : prefix;
    view.scan(from, prefix.prefixEnd(), 0, kv -> writeKey(writer, kv));
    return writer.finish();
  }

  private boolean writeKey(ExportWriter writer, KeyValue kv) {
    try {
      if (kv.lease() != 0) {
        writeLease(writer, kv.lease());
      }
      writer.key(kv);
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void writeLease(ExportWriter writer, long id) throws IOException {
    Long seconds = leases.get(id);
    if (seconds != null && written.add(id)) {
      writer.lease(id, seconds);
    }
  }
}
