package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.StoreException;
import io.croft.store.internal.state.View;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// The keys and leases of a store at one revision, without history, in one file:
///
/// ```
/// long magic, int format, long revision
/// 1, long lease, long seconds                                        per lease
/// 2, int, key, int, value, long create, mod, version, lease          per key, in order
/// 0, long number of leases, long number of keys
/// byte[32] SHA-256 of all before
/// ```
///
/// @param revision the store's revision then
public record Snapshot(long revision, long leases, long keys) {
  private static final long MAGIC = 0x43524f46_54534e50L; // CROFTSNP
  private static final int FORMAT = 1;
  private static final int END = 0;
  private static final int LEASE = 1;
  private static final int KEY = 2;
  private static final int BUFFER = 1 << 16;

  /// Takes what a snapshot has, in the order of the file.
  interface Target {
    void lease(long id, long seconds) throws IOException;

    void key(KeyValue kv) throws IOException;
  }

  static Snapshot write(View view, OutputStream to) throws IOException {
    MessageDigest digest = sha256();
    DigestOutputStream digested = new DigestOutputStream(new BufferedOutputStream(to), digest);
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(digested, BUFFER));
    out.writeLong(MAGIC);
    out.writeInt(FORMAT);
    out.writeLong(view.revision());
    long leases = writeLeases(view, out);
    long keys = writeKeys(view, out);
    out.writeByte(END);
    out.writeLong(leases);
    out.writeLong(keys);
    out.flush();
    to.write(digest.digest());
    to.flush();
    return new Snapshot(view.revision(), leases, keys);
  }

  private static long writeLeases(View view, DataOutputStream out) throws IOException {
    long count = 0;
    for (long id : view.leases()) {
      out.writeByte(LEASE);
      out.writeLong(id);
      out.writeLong(ttl(view, id));
      count++;
    }
    return count;
  }

  /// The time to live of a lease, in seconds.
  static long ttl(View view, long lease) {
    Long seconds = view.leaseSeconds(lease);
    return seconds == null ? EmbeddedLeases.MIN_TTL : seconds;
  }

  private static long writeKeys(View view, DataOutputStream out) throws IOException {
    try {
      return view.forEach(kv -> {
        try {
          out.writeByte(KEY);
          writeBytes(out, kv.key());
          writeBytes(out, kv.value());
          out.writeLong(kv.createRevision());
          out.writeLong(kv.modRevision());
          out.writeLong(kv.version());
          out.writeLong(kv.lease());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void writeBytes(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.length());
    out.write(bytes.array());
  }

  /// Reads a snapshot to its end, to find out whether it is whole.
  ///
  /// @throws StoreException.Corrupt when it is damaged
  public static Snapshot verify(Path file) throws IOException {
    return read(
        file,
        new Target() {
          @Override
          public void lease(long id, long seconds) {}

          @Override
          public void key(KeyValue kv) {}
        });
  }

  /// Reads a snapshot to its end.
  ///
  /// @throws StoreException.Corrupt when it is damaged, which may turn out only after all of it has
  ///   been given to `target`
  static Snapshot read(Path file, Target target) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      Snapshot snapshot =
          read(new DataInputStream(new DigestInputStream(in, digest)), Files.size(file), target);
      byte[] expected = in.readNBytes(digest.getDigestLength() + 1);
      if (!Arrays.equals(expected, digest.digest())) {
        throw new StoreException.Corrupt("the snapshot " + file + " does not match its checksum");
      }
      return snapshot;
    } catch (EOFException e) {
      throw new StoreException.Corrupt("the snapshot " + file + " is cut off");
    }
  }

  private static Snapshot read(DataInputStream in, long size, Target target) throws IOException {
    if (in.readLong() != MAGIC) {
      throw new StoreException.Corrupt("this is not a snapshot of a store");
    }
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException("the snapshot has format " + format + ", known is " + FORMAT);
    }
    long revision = in.readLong();
    for (int kind; (kind = in.readUnsignedByte()) != END; ) {
      switch (kind) {
        case LEASE -> target.lease(in.readLong(), in.readLong());
        case KEY -> target.key(readKey(in, size));
        default -> throw new StoreException.Corrupt("the snapshot has an entry of kind " + kind);
      }
    }
    return new Snapshot(revision, in.readLong(), in.readLong());
  }

  private static KeyValue readKey(DataInputStream in, long size) throws IOException {
    Bytes key = readBytes(in, size);
    Bytes value = readBytes(in, size);
    return new KeyValue(key, value, in.readLong(), in.readLong(), in.readLong(), in.readLong());
  }

  private static Bytes readBytes(DataInputStream in, long most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw new StoreException.Corrupt("the snapshot has a length of " + length);
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return Bytes.wrap(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
