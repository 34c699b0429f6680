package io.croft.store.embedded;

import io.croft.store.Bytes;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.disk.NoSpaceException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A disk in memory that remembers what was synced. It can run full, fail to sync, and lose its
/// power: then every sector that was written after the last sync of its file has, independently of
/// all others, either its old content or any of the new ones, and of the changes of names after the
/// last sync of the directory the first few have happened.
final class FaultyDisk implements Disk {
  /// Content of the disk as it would be found after a restart.
  private final Map<String, MemoryFile> names = new TreeMap<>();

  private final List<Map<String, MemoryFile>> nameHistory = new ArrayList<>();
  private long operationsLeft = Long.MAX_VALUE;
  private long bytesLeft = Long.MAX_VALUE;
  private boolean syncFails;

  /// What happens when the power is off.
  static final class PowerCut extends IOException {
    PowerCut() {
      super("the power is off");
    }
  }

  FaultyDisk() {
    nameHistory.add(Map.of());
  }

  /// Cuts the power after so many operations.
  synchronized void cutPowerAfter(long operations) {
    operationsLeft = operations;
  }

  synchronized boolean isPowerCut() {
    return operationsLeft <= 0;
  }

  /// Lets files grow by so many more bytes.
  synchronized void limitSpace(long bytes) {
    bytesLeft = bytes;
  }

  synchronized void failSyncs() {
    syncFails = true;
  }

  /// Syncs succeed again; but as on Linux, what a failed one should have written is never written
  /// any more, although it is read, unless it is written anew.
  synchronized void healSyncs() {
    syncFails = false;
  }

  /// What is found when the power is back.
  ///
  /// @param sector how much the disk writes at once, in bytes
  synchronized FaultyDisk afterPowerCut(RandomGenerator random, int sector) {
    FaultyDisk disk = new FaultyDisk();
    // Some crashes lose everything that was not synced, some nothing, most something.
    double survival = random.nextInt(4) == 0 ? random.nextInt(2) : random.nextDouble();
    int kept = random.nextInt(nameHistory.size());
    nameHistory
        .get(kept)
        .forEach(
            (name, file) -> disk.names.put(name, file.survivor(disk, random, sector, survival)));
    disk.forgetHistory();
    return disk;
  }

  /// What is found when only the process was killed: everything that was written.
  synchronized FaultyDisk afterKill() {
    FaultyDisk disk = new FaultyDisk();
    names.forEach((name, file) -> disk.names.put(name, new MemoryFile(disk, file.content())));
    disk.forgetHistory();
    return disk;
  }

  synchronized void flipBit(String name, long bit) {
    file(name).bytes[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
  }

  synchronized byte[] content(String name) {
    return file(name).content();
  }

  private MemoryFile file(String name) {
    return Objects.requireNonNull(names.get(name), name);
  }

  private void forgetHistory() {
    nameHistory.clear();
    nameHistory.add(Map.copyOf(names));
  }

  private void operation() throws PowerCut {
    if (operationsLeft <= 0) {
      throw new PowerCut();
    }
    operationsLeft--;
  }

  private void namesChanged() {
    nameHistory.add(Map.copyOf(names));
  }

  @Override
  public synchronized DiskFile open(String name) throws IOException {
    operation();
    MemoryFile file = names.get(name);
    if (file == null) {
      file = new MemoryFile(this, new byte[0]);
      names.put(name, file);
      namesChanged();
    }
    return file;
  }

  @Override
  public synchronized boolean exists(String name) {
    return names.containsKey(name);
  }

  @Override
  public synchronized List<String> list() {
    return List.copyOf(names.keySet());
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    operation();
    giveBack(names.put(to, names.remove(from)));
    namesChanged();
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    operation();
    giveBack(names.remove(name));
    namesChanged();
  }

  private void giveBack(@Nullable MemoryFile gone) {
    bytesLeft += gone == null || bytesLeft == Long.MAX_VALUE ? 0 : gone.length;
  }

  @Override
  public synchronized void sync() throws IOException {
    operation();
    forgetHistory();
  }

  @Override
  public synchronized long usableBytes() {
    return bytesLeft;
  }

  @Override
  public String name() {
    return "a disk in memory";
  }

  @Override
  public void close() {}

  /// A write that has not been synced.
  ///
  /// @param lengthBefore how long the file was
  /// @param before what stood there, as far as the file went
  private record Pending(int position, int lengthBefore, Bytes before, Bytes after) {
    int end() {
      return position + after.length();
    }
  }

  private static final class MemoryFile implements DiskFile {
    private final FaultyDisk disk;
    private final List<Pending> pending = new ArrayList<>();

    /// What failed syncs should have written.
    private final List<Pending> lost = new ArrayList<>();

    private byte[] bytes;
    private int length;

    MemoryFile(FaultyDisk disk, byte[] content) {
      this.disk = disk;
      this.bytes = content;
      this.length = content.length;
    }

    byte[] content() {
      return Arrays.copyOf(bytes, length);
    }

    @Override
    public void read(long position, ByteBuffer target) throws IOException {
      synchronized (disk) {
        if (position + target.remaining() > length) {
          throw new EOFException("at " + position + " of " + length);
        }
        target.put(bytes, (int) position, target.remaining());
      }
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      synchronized (disk) {
        disk.operation();
        byte[] written = new byte[source.remaining()];
        source.get(written);
        long growth = Math.max(0, position + written.length - length);
        if (growth > disk.bytesLeft) {
          int part = (int) Math.max(0, written.length - growth + disk.bytesLeft);
          put((int) position, Arrays.copyOf(written, part));
          throw new NoSpaceException("the disk in memory is full");
        }
        put((int) position, written);
      }
    }

    private void put(int position, byte[] written) {
      int end = position + written.length;
      if (end > length) {
        disk.bytesLeft -= disk.bytesLeft == Long.MAX_VALUE ? 0 : end - length;
      }
      byte[] before = Arrays.copyOfRange(bytes, Math.min(position, length), Math.min(end, length));
      lost.removeIf(write -> position <= write.position() && write.end() <= end);
      pending.add(new Pending(position, length, Bytes.wrap(before), Bytes.wrap(written)));
      overwrite(position, written, 0, written.length);
    }

    private void overwrite(int position, byte[] from, int offset, int count) {
      if (position + count > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(position + count, bytes.length * 2));
      }
      System.arraycopy(from, offset, bytes, position, count);
      length = Math.max(length, position + count);
    }

    @Override
    public void sync() throws IOException {
      synchronized (disk) {
        disk.operation();
        if (disk.syncFails) {
          lost.addAll(pending);
          pending.clear();
          throw new IOException("sync failed");
        }
        pending.clear();
      }
    }

    @Override
    public long size() {
      synchronized (disk) {
        return length;
      }
    }

    /// Is durable at once, with all that was written before.
    @Override
    public void truncate(long size) throws IOException {
      synchronized (disk) {
        disk.operation();
        if (size < length) {
          disk.bytesLeft += disk.bytesLeft == Long.MAX_VALUE ? 0 : length - size;
          bytes = Arrays.copyOf(bytes, (int) size);
          length = (int) size;
          pending.clear();
        }
      }
    }

    MemoryFile survivor(FaultyDisk on, RandomGenerator random, int sector, double survival) {
      MemoryFile found = new MemoryFile(on, content());
      for (Pending write : lost.reversed()) {
        found.overwrite(write.position(), write.before().array(), 0, write.before().length());
      }
      for (Pending write : pending.reversed()) {
        found.overwrite(write.position(), write.before().array(), 0, write.before().length());
        found.length = write.lengthBefore();
      }
      // Beyond the end there are zeros, should the file grow over a gap.
      Arrays.fill(found.bytes, found.length, found.bytes.length, (byte) 0);
      for (Pending write : pending) {
        found.writeSome(write, random, sector, survival);
      }
      found.pending.clear();
      return found;
    }

    private void writeSome(Pending write, RandomGenerator random, int sector, double survival) {
      byte[] after = write.after().array();
      for (int at = 0; at < after.length; ) {
        int position = write.position() + at;
        int count = Math.min(sector - position % sector, after.length - at);
        if (random.nextDouble() < survival) {
          overwrite(position, after, at, count);
        }
        at += count;
      }
    }

    @Override
    public void close() {}
  }
}
