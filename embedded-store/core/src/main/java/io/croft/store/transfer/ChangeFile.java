package io.croft.store.transfer;

import io.croft.store.Bytes;
import io.croft.store.Op;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.Txn;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// [Changes] in a file, which follow a revision of a store: kept one after the other, and applied
/// to another store. A loss of power may take the last ones, never those before. Not thread-safe.
public final class ChangeFile implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  /// etcd's limit on the operations of a transaction.
  private static final int MAX_OPS = 128;

  /// What one transaction carries in keys and values, about.
  private static final long BATCH_BYTES = 256 << 10;

  private final FileChannel channel;
  private long revision;

  private ChangeFile(FileChannel channel, long revision) {
    this.channel = channel;
    this.revision = revision;
  }

  /// Opens a file to go on with it; makes one (mode 0600) where there is none. What a crash has
  /// left of a revision at its end is cut off.
  ///
  /// @param after the revision that the changes follow
  public static ChangeFile open(Path file, long after) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    var channel =
        FileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), mode);
    try {
      var end = new End(after);
      read(file, after, end);
      channel.truncate(end.bytes);
      channel.position(end.bytes);
      return new ChangeFile(channel, end.revision);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// Up to which revision the changes are there.
  public long revision() {
    return revision;
  }

  public long bytes() throws IOException {
    return channel.position();
  }

  /// Adds what [Changes#after] of [#revision] gave; on disk when this returns.
  ///
  /// @throws StoreException.Corrupt when it is not that; nothing was added
  public void add(byte[] changes) throws IOException {
    var end = new End(revision);
    read(new ByteArrayInputStream(changes), revision, end);
    if (end.bytes != changes.length) {
      throw new StoreException.Corrupt("the changes are cut off or damaged");
    }
    long begin = channel.position();
    try {
      var buffer = ByteBuffer.wrap(changes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      channel.truncate(begin);
      throw e;
    }
    revision = end.revision;
  }

  /// Applies a file's changes to a store, by ordinary transactions: revisions and versions are the
  /// target's own, and only the last of several changes of a key may be made. Leases begin their
  /// time anew.
  ///
  /// @param after the revision that the changes follow
  /// @return the revision up to which the target has everything
  public static long apply(Path file, long after, Store target) throws IOException {
    var applying = new Applying(target, after);
    read(file, after, applying);
    applying.flush();
    return applying.revision;
  }

  /// Takes changes in order.
  private interface Taker {
    void put(Bytes key, Bytes value, long lease, long seconds);

    void delete(Bytes key);

    /// All of a revision was given.
    void end(long revision, int bytes);
  }

  private static void read(Path file, long after, Taker taker) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      read(in, after, taker);
    }
  }

  /// Ends before what is cut off or damaged.
  private static void read(InputStream stream, long after, Taker taker) throws IOException {
    var in = new DataInputStream(stream);
    long last = after;
    while (true) {
      byte[] head = in.readNBytes(Changes.HEAD_BYTES);
      if (head.length < Changes.HEAD_BYTES) {
        return;
      }
      var numbers = ByteBuffer.wrap(head);
      int length = numbers.getInt();
      byte[] body = length < Long.BYTES ? new byte[0] : in.readNBytes(length);
      if (body.length != length || Changes.crc(body) != numbers.getInt()) {
        return;
      }
      last = take(ByteBuffer.wrap(body), last, taker);
    }
  }

  private static long take(ByteBuffer body, long last, Taker taker) {
    int bytes = Changes.HEAD_BYTES + body.remaining();
    long revision = body.getLong();
    if (revision <= last) {
      throw new StoreException.Corrupt(
          "changes of revision %d follow those of %d".formatted(revision, last));
    }
    while (body.hasRemaining()) {
      switch (body.get()) {
        case Changes.PUT -> taker.put(bytes(body), bytes(body), body.getLong(), body.getLong());
        case Changes.DELETE -> taker.delete(bytes(body));
        default -> throw new StoreException.Corrupt("there is a change of an unknown kind");
      }
    }
    taker.end(revision, bytes);
    return revision;
  }

  private static Bytes bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.getInt()]; // its checksum was right
    body.get(bytes);
    return Bytes.wrap(bytes);
  }

  /// Where the changes end.
  private static final class End implements Taker {
    private long revision;
    private long bytes;

    End(long revision) {
      this.revision = revision;
    }

    @Override
    public void put(Bytes key, Bytes value, long lease, long seconds) {}

    @Override
    public void delete(Bytes key) {}

    @Override
    public void end(long revision, int bytes) {
      this.revision = revision;
      this.bytes += bytes;
    }
  }

  private static final class Applying implements Taker {
    private final Store target;
    private final Map<Bytes, Op> batch = new LinkedHashMap<>();
    private final Map<Long, Long> leases = new LinkedHashMap<>();
    private long batchBytes;
    private long revision;

    Applying(Store target, long revision) {
      this.target = target;
      this.revision = revision;
    }

    @Override
    public void put(Bytes key, Bytes value, long lease, long seconds) {
      add(key, Op.put(key, value, lease), value.length());
      if (lease != 0) { // after what may have flushed those before
        leases.put(lease, seconds);
      }
    }

    @Override
    public void delete(Bytes key) {
      add(key, Op.delete(key), 0);
    }

    private void add(Bytes key, Op op, long bytes) {
      if (!batch.containsKey(key)
          && (batch.size() == MAX_OPS || batchBytes + bytes > BATCH_BYTES)) {
        flush();
      }
      batch.put(key, op);
      batchBytes += key.length() + bytes;
    }

    @Override
    public void end(long revision, int bytes) {
      this.revision = revision;
    }

    void flush() {
      if (batch.isEmpty()) {
        return;
      }
      leases.forEach(this::startLease);
      target.txn(new Txn(List.of(), List.copyOf(batch.values()), List.of()));
      batch.clear();
      leases.clear();
      batchBytes = 0;
    }

    private void startLease(long id, long seconds) {
      try {
        target.leases().keepAlive(id);
      } catch (StoreException.LeaseNotFound e) {
        target.leases().grant(id, seconds);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
