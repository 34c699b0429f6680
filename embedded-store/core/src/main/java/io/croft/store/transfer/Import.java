package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.Compare;
import io.croft.store.KeyValue;
import io.croft.store.Op;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import io.croft.store.TxnResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Imports an export into a store that is in use, by ordinary transactions: revisions and versions
/// are the target's own, watches are told. The file is read twice: nothing is written before all of
/// it has been found good.
///
/// It is many transactions, not one. An import that ends early says so, and how far it came; the
/// same import with [Existing#KEEP] or [Existing#REPLACE] completes it.
public final class Import {
  /// etcd's limit on the operations of a transaction.
  private static final int MAX_OPS = 128;

  /// How many keys a merge has in a transaction: it takes two operations for each, one of them
  /// nested, maybe, which count together.
  private static final int MERGED_KEYS = MAX_OPS / 2;

  /// What one transaction carries in keys and values, about; more only for a single key.
  private static final long BATCH_BYTES = 256 << 10;

  private final Store store;
  private final Existing existing;
  private final Map<Long, Long> ttls = new HashMap<>();
  private final List<KeyValue> batch = new ArrayList<>();
  private long batchBytes;
  private ImportReport done = new ImportReport(0, 0, 0, 0);

  private Import(Store store, Existing existing) {
    this.store = store;
    this.existing = existing;
  }

  /// Leases keep their ids and begin their time anew; one that the target has already stays, with
  /// the target's time to live, and begins anew too.
  ///
  /// @throws InvalidExportException when the file is not a whole export; nothing was written
  /// @throws ImportException when the target is not empty and `existing` is `REFUSE`, and when the
  ///   import had to end early
  public static ImportReport run(Path file, Store store, Existing existing) throws IOException {
    ExportSummary summary = ExportFile.verify(file);
    Import run = new Import(store, existing);
    try {
      if (existing == Existing.REFUSE) {
        run.checkEmpty();
      }
      ExportFile.read(file, run.new Loading());
      run.flush();
      return run.done;
    } catch (InvalidExportException | StoreException e) {
      throw run.stopped(summary, e);
    }
  }

  private ImportException stopped(ExportSummary summary, Exception cause) {
    String at = batch.isEmpty() ? "" : " at key " + batch.getFirst().key();
    return new ImportException(
        "the import ended early%s, after %d of %d keys, which the target now has: %s"
            .formatted(at, done.keys(), summary.keys(), cause.getMessage()),
        done,
        cause);
  }

  private void checkEmpty() throws ImportException {
    Bytes zero = Bytes.wrap(new byte[1]);
    long keys = store.range(RangeRequest.range(zero, zero).withoutValues().withLimit(1)).count();
    if (keys > 0) {
      throw new ImportException(
          "the target is not empty, it has %d keys: ask for a merge, or import into another store"
              .formatted(keys),
          done);
    }
  }

  private final class Loading implements ExportFile.Target {
    @Override
    public void lease(long id, long ttlSeconds) {
      ttls.put(id, ttlSeconds);
      startLease(id, ttlSeconds);
      done = new ImportReport(done.leases() + 1, done.created(), done.replaced(), done.kept());
    }

    @Override
    public void key(KeyValue kv) throws IOException {
      long bytes = kv.key().length() + (long) kv.value().length();
      if (batch.size() == mostKeys() || batchBytes + bytes > BATCH_BYTES) {
        flush();
      }
      batch.add(kv);
      batchBytes += bytes;
    }
  }

  private int mostKeys() {
    return existing == Existing.REFUSE ? MAX_OPS : MERGED_KEYS;
  }

  private void startLease(long id, long ttlSeconds) {
    try {
      store.leases().keepAlive(id);
    } catch (StoreException.LeaseNotFound e) {
      store.leases().grant(id, ttlSeconds);
    }
  }

  private void flush() throws ImportException {
    if (batch.isEmpty()) {
      return;
    }
    // Their time may have run out since they were granted, or soon will.
    batch.stream()
        .mapToLong(KeyValue::lease)
        .filter(id -> id != 0)
        .distinct()
        .forEach(id -> startLease(id, ttls.getOrDefault(id, 1L)));
    switch (existing) {
      case REFUSE -> createAll();
      case KEEP -> createMissing();
      case REPLACE -> putAll();
    }
    batch.clear();
    batchBytes = 0;
  }

  private void createAll() throws ImportException {
    TxnResult result =
        store.txn(
            new Txn(
                batch.stream().map(kv -> Compare.modRevision(kv.key(), 0)).toList(),
                batch.stream().map(Import::put).toList(),
                List.of()));
    if (!result.succeeded()) {
      throw new ImportException(
          "the import ended early, after %d keys: others write into the target; it now has a key between %s and %s"
              .formatted(done.keys(), batch.getFirst().key(), batch.getLast().key()),
          done);
    }
    count(batch.size(), 0, 0);
  }

  private void createMissing() {
    TxnResult result = transact(batch.stream().map(Import::putIfAbsent).toList());
    long created =
        result.results().stream()
            .filter(r -> r instanceof TxnResult.Nested(var nested) && nested.succeeded())
            .count();
    count(created, 0, batch.size() - created);
  }

  private static Op putIfAbsent(KeyValue kv) {
    return new Op.Nested(
        new Txn(List.of(Compare.modRevision(kv.key(), 0)), List.of(put(kv)), List.of()));
  }

  private void putAll() {
    List<Op> ops = new ArrayList<>();
    for (KeyValue kv : batch) {
      ops.add(new Op.Range(RangeRequest.key(kv.key()).withoutValues()));
      ops.add(put(kv));
    }
    long replaced =
        transact(ops).results().stream()
            .filter(r -> r instanceof TxnResult.Ranged(var range) && range.count() > 0)
            .count();
    count(batch.size() - replaced, replaced, 0);
  }

  private TxnResult transact(List<Op> ops) {
    return store.txn(new Txn(List.of(), ops, List.of()));
  }

  private static Op put(KeyValue kv) {
    return Op.put(kv.key(), kv.value(), kv.lease());
  }

  private void count(long created, long replaced, long kept) {
    done =
        new ImportReport(
            done.leases(),
            done.created() + created,
            done.replaced() + replaced,
            done.kept() + kept);
  }
}
