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
import java.util.TreeMap;
import java.util.random.RandomGenerator;

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
    names.forEach((name, file) -> disk.names.put(name, new MemoryFile(disk, file.content.clone())));
    disk.forgetHistory();
    return disk;
  }

  synchronized void flipBit(String name, long bit) {
    content(name)[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
  }

  synchronized byte[] content(String name) {
    MemoryFile file = names.get(name);
    if (file == null) {
      throw new IllegalArgumentException(name);
    }
    return file.content;
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
    names.put(to, names.remove(from));
    namesChanged();
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    operation();
    names.remove(name);
    namesChanged();
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
  private record Pending(long position, Bytes content) {
    byte[] bytes() {
      return content.array();
    }
  }

  private static final class MemoryFile implements DiskFile {
    private final FaultyDisk disk;
    private byte[] content;
    private byte[] synced;
    private final List<Pending> pending = new ArrayList<>();

    MemoryFile(FaultyDisk disk, byte[] content) {
      this.disk = disk;
      this.content = content;
      this.synced = content.clone();
    }

    @Override
    public void read(long position, ByteBuffer target) throws IOException {
      synchronized (disk) {
        if (position + target.remaining() > content.length) {
          throw new EOFException("at " + position + " of " + content.length);
        }
        target.put(content, (int) position, target.remaining());
      }
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      synchronized (disk) {
        disk.operation();
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        long growth = Math.max(0, position + bytes.length - content.length);
        if (growth > disk.bytesLeft) {
          int part = (int) Math.max(0, bytes.length - growth + disk.bytesLeft);
          put(position, Arrays.copyOf(bytes, part));
          throw new NoSpaceException("the disk in memory is full");
        }
        put(position, bytes);
      }
    }

    private void put(long position, byte[] bytes) {
      int end = (int) position + bytes.length;
      if (end > content.length) {
        disk.bytesLeft -= disk.bytesLeft == Long.MAX_VALUE ? 0 : end - content.length;
        content = Arrays.copyOf(content, end);
      }
      System.arraycopy(bytes, 0, content, (int) position, bytes.length);
      pending.add(new Pending(position, Bytes.wrap(bytes)));
    }

    @Override
    public void sync() throws IOException {
      synchronized (disk) {
        disk.operation();
        if (disk.syncFails) {
          throw new IOException("sync failed");
        }
        synced = content.clone();
        pending.clear();
      }
    }

    @Override
    public long size() {
      synchronized (disk) {
        return content.length;
      }
    }

    /// Is durable at once: what a cut does to the order of writes is not what is tested with it.
    @Override
    public void truncate(long size) throws IOException {
      synchronized (disk) {
        disk.operation();
        if (size < content.length) {
          disk.bytesLeft += disk.bytesLeft == Long.MAX_VALUE ? 0 : content.length - size;
          content = Arrays.copyOf(content, (int) size);
          synced = Arrays.copyOf(synced, (int) Math.min(size, synced.length));
          pending.removeIf(write -> write.position() + write.bytes().length > size);
        }
      }
    }

    MemoryFile survivor(FaultyDisk on, RandomGenerator random, int sector, double survival) {
      byte[] found = synced;
      for (Pending write : pending) {
        for (int at = 0; at < write.bytes().length; ) {
          long position = write.position() + at;
          int length = (int) Math.min(sector - position % sector, write.bytes().length - at);
          if (random.nextDouble() < survival) {
            found = Arrays.copyOf(found, (int) Math.max(found.length, position + length));
            System.arraycopy(write.bytes(), at, found, (int) position, length);
          }
          at += length;
        }
      }
      return new MemoryFile(on, found.clone());
    }

    @Override
    public void close() {}
  }
}
