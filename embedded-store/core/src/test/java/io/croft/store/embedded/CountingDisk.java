package io.croft.store.embedded;

import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Counts what is written to another disk, per kind of file.
final class CountingDisk implements Disk {
  private static final int BLOCK = 4096;

  private final Disk disk;
  private final Map<String, Count> counts = new HashMap<>();

  /// @param bytes what was written
  /// @param deviceBytes what a device with blocks of 4096 bytes has to write at the syncs
  record Count(long bytes, long deviceBytes, long syncs) {
    Count plus(Count other) {
      return new Count(bytes + other.bytes, deviceBytes + other.deviceBytes, syncs + other.syncs);
    }
  }

  CountingDisk(Disk disk) {
    this.disk = disk;
  }

  synchronized Count log() {
    return counts.getOrDefault("wal", new Count(0, 0, 0));
  }

  synchronized Count state() {
    return counts.getOrDefault("state", new Count(0, 0, 0));
  }

  private synchronized void add(String name, Count count) {
    counts.merge(name.startsWith("wal") ? "wal" : "state", count, Count::plus);
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new CountingFile(name, disk.open(name));
  }

  @Override
  public boolean exists(String name) throws IOException {
    return disk.exists(name);
  }

  @Override
  public List<String> list() throws IOException {
    return disk.list();
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
  }

  @Override
  public void sync() throws IOException {
    disk.sync();
  }

  @Override
  public long usableBytes() throws IOException {
    return disk.usableBytes();
  }

  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public void close() {
    disk.close();
  }

  private final class CountingFile implements DiskFile {
    private final String name;
    private final DiskFile file;
    private final Set<Long> dirty = new HashSet<>();

    CountingFile(String name, DiskFile file) {
      this.name = name;
      this.file = file;
    }

    @Override
    public void read(long position, ByteBuffer target) throws IOException {
      file.read(position, target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      long end = position + source.remaining();
      add(name, new Count(source.remaining(), 0, 0));
      for (long block = position / BLOCK; block * BLOCK < end; block++) {
        dirty.add(block);
      }
      file.write(position, source);
    }

    @Override
    public void sync() throws IOException {
      add(name, new Count(0, (long) dirty.size() * BLOCK, 1));
      dirty.clear();
      file.sync();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
