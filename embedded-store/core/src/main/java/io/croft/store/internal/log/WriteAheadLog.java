package io.croft.store.internal.log;

import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.disk.NoSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The write-ahead log: frames in files ("segments") of about the same size. A frame is written
/// once the one before is durable, so that at most the last one can be torn. For one thread.
public final class WriteAheadLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WriteAheadLog.class);

  /// The file that becomes the next segment. Its disk blocks are there already, so that something
  /// can be deleted when the disk is full.
  private static final String SPARE = "wal-spare";

  /// How far ahead of the frames a segment's blocks are allocated, in bytes.
  private static final int AHEAD = 1 << 20;

  private final Disk disk;
  private final long storeId;
  private final long segmentBytes;
  private final NavigableSet<Long> segments;
  private Segment current;
  private LogPosition end;
  private long appendedBytes;

  /// What was read of the current segment when the log was opened: where its last frame begins.
  private long lastFrame;

  /// The end's sequence number when a mark stands there.
  private long confirmed;

  private WriteAheadLog(
      Disk disk,
      long storeId,
      long segmentBytes,
      NavigableSet<Long> segments,
      Segment current,
      LogPosition end) {
    this.disk = disk;
    this.storeId = storeId;
    this.segmentBytes = segmentBytes;
    this.segments = segments;
    this.current = current;
    this.end = end;
  }

  /// Takes each frame that is found when a log is opened, in order.
  @FunctionalInterface
  public interface FrameReader {
    /// @param payload what was appended
    /// @param after the position behind the frame
    void read(ByteBuffer payload, LogPosition after) throws IOException;
  }

  /// Begins a log, in a directory without one.
  public static WriteAheadLog create(Disk disk, long storeId, long segmentBytes, LogPosition start)
      throws IOException {
    Segment first = Segment.open(disk, storeId, start.segment());
    first.begin();
    disk.sync();
    return new WriteAheadLog(disk, storeId, segmentBytes, segments(disk), first, start);
  }

  /// Opens a log and reads all frames from a position on. What is read is durable afterwards, also
  /// when a killed process had not come to sync it.
  ///
  /// @throws LogDamageException when a frame is damaged that was durable once
  public static WriteAheadLog open(
      Disk disk, long storeId, long segmentBytes, LogPosition from, FrameReader reader)
      throws IOException {
    NavigableSet<Long> segments = segments(disk);
    if (!segments.contains(from.segment())) {
      throw new LogDamageException(
          "%s is missing in %s; the state needs it"
              .formatted(Segment.name(from.segment()), disk.name()),
          from);
    }
    LogPosition at = from;
    while (true) {
      Segment segment = Segment.open(disk, storeId, at.segment());
      try {
        segment.checkOwner();
        Segment.Content content = segment.content();
        long[] last = {at.offset()};
        LogPosition begin = at;
        at =
            readSegment(
                segments,
                content,
                begin,
                (payload, after) -> {
                  last[0] = after.offset() - Frame.size(payload.remaining());
                  reader.read(payload, after);
                });
        segment.file().sync();
        if (!continuesElsewhere(segments, at)) {
          checkEnd(disk, segments, content, at);
          WriteAheadLog log = new WriteAheadLog(disk, storeId, segmentBytes, segments, segment, at);
          log.lastFrame = last[0];
          return log;
        }
      } catch (IOException | RuntimeException e) {
        segment.file().close();
        throw e;
      }
      segment.file().close();
      at = LogPosition.at(at.next());
    }
  }

  /// Writes the last frame that was read at opening once more, and makes it durable. Linux forgets
  /// after a failed sync that a page was never written: the frame is read, and a sync succeeds, but
  /// it may not be on disk. The ones before it were synced before it was written.
  public void secureEnd() throws IOException {
    if (lastFrame < end.offset()) {
      ByteBuffer frame = ByteBuffer.allocate(Math.toIntExact(end.offset() - lastFrame));
      current.file().read(lastFrame, frame);
      current.file().write(lastFrame, frame.flip());
      current.file().sync();
    }
  }

  /// Gives what valid frames there are behind damage, in order, with gaps. Changes nothing.
  ///
  /// @param damage where the first frame stands that is damaged or missing
  public static void readBehind(
      Disk disk, long storeId, LogPosition damage, Consumer<ByteBuffer> reader) throws IOException {
    for (long first : segments(disk).tailSet(damage.segment())) {
      try (DiskFile file = disk.open(Segment.name(first))) {
        Segment.Content content = new Segment(storeId, first, file).content();
        if (first == damage.segment()) {
          content.forEachAfter(damage.offset(), damage.next(), reader);
        } else {
          content.forEachAfter(Frame.FIRST_OFFSET - Frame.ALIGNMENT, first - 1, reader);
        }
      }
    }
  }

  /// The id in the header of the oldest segment; null when there is no log or no readable header.
  public static @Nullable Long storeId(Disk disk) throws IOException {
    NavigableSet<Long> segments = segments(disk);
    if (segments.isEmpty()) {
      return null;
    }
    try (DiskFile file = disk.open(Segment.name(segments.first()))) {
      return Segment.storeId(file);
    }
  }

  /// The sequence number of the oldest frame there is a segment for; 0 when there is no log.
  public static long oldest(Disk disk) throws IOException {
    NavigableSet<Long> segments = segments(disk);
    return segments.isEmpty() ? 0 : segments.first();
  }

  /// Whether the oldest segment has nothing but, at most, a header.
  public static boolean isBlank(Disk disk) throws IOException {
    try (DiskFile file = disk.open(Segment.name(oldest(disk)))) {
      return file.size() <= Frame.FIRST_OFFSET;
    }
  }

  private static NavigableSet<Long> segments(Disk disk) throws IOException {
    NavigableSet<Long> found = new TreeSet<>();
    for (String name : disk.list()) {
      if (Segment.isName(name)) {
        found.add(Segment.first(name));
      }
    }
    return found;
  }

  /// Whether the next frame has a segment of its own. What stands in its place in this one, then,
  /// is the mark of [#confirm].
  private static boolean continuesElsewhere(NavigableSet<Long> segments, LogPosition at) {
    return at.next() != at.segment() && segments.contains(at.next());
  }

  private static LogPosition readSegment(
      NavigableSet<Long> segments, Segment.Content content, LogPosition from, FrameReader reader)
      throws IOException {
    LogPosition at = from;
    while (!continuesElsewhere(segments, at)) {
      ByteBuffer payload = content.frame(at.offset(), at.next());
      if (payload == null) {
        return at;
      }
      int size = Frame.size(payload.remaining());
      at = new LogPosition(at.segment(), at.offset() + size, at.next() + 1);
      reader.read(payload, at);
    }
    return at;
  }

  /// The log may end in a torn frame, never in one that was followed by others.
  private static void checkEnd(
      Disk disk, NavigableSet<Long> segments, Segment.Content content, LogPosition at)
      throws IOException {
    boolean followed =
        segments.higher(at.segment()) != null || content.hasFrameAfter(at.offset(), at.next());
    if (followed) {
      throw new LogDamageException(
          "frame %d in %s of %s, at byte %d, is damaged, and later frames exist"
              .formatted(at.next(), Segment.name(at.segment()), disk.name(), at.offset()),
          at);
    }
    if (at.offset() + Frame.HEADER <= content.bytes().limit()
        && content.bytes().getLong((int) at.offset() + 8) == at.next()) {
      LOG.atInfo()
          .addKeyValue("segment", Segment.name(at.segment()))
          .addKeyValue("offset", at.offset())
          .log("the log ended in a write that a crash had cut off, never acknowledged; dropped it");
    }
  }

  /// Where the next frame will stand.
  public LogPosition end() {
    return end;
  }

  /// Appends a frame and makes it durable.
  ///
  /// @param useReserve whether it may take the space that is kept for when the disk is full
  /// @throws NoSpaceException when the disk is full; the log then ends where it did
  /// @throws IOException on any other failure; the log must then not be used any more
  public void append(ByteBuffer payload, boolean useReserve) throws IOException {
    int size = Frame.size(payload.remaining());
    makeRoom(size, useReserve);
    ByteBuffer frame = Frame.encode(storeId, current.first(), end.next(), payload);
    current.file().write(end.offset(), frame);
    current.file().sync();
    end = new LogPosition(end.segment(), end.offset() + size, end.next() + 1);
    appendedBytes += size;
  }

  private void makeRoom(int size, boolean useReserve) throws IOException {
    if (end.offset() + size > segmentBytes && end.offset() > Frame.FIRST_OFFSET) {
      roll(useReserve);
    }
    try {
      allocate(end.offset() + size);
    } catch (NoSpaceException e) {
      boolean isEmptySegment = end.next() == current.first();
      if (!useReserve || isEmptySegment || !disk.exists(SPARE)) {
        throw e;
      }
      roll(true);
      allocate(end.offset() + size);
    }
  }

  /// Marks the last frame as durable, by a frame without content behind it, which the next one will
  /// overwrite. From then on damage to the last frame is not taken for a write that a crash cut
  /// off. Is not synced: it gets to the disk when the operating system likes.
  public void confirm() throws IOException {
    boolean isNeeded = !isConfirmed() && end.offset() > Frame.FIRST_OFFSET;
    if (isNeeded && end.offset() + Frame.HEADER <= current.file().size()) {
      ByteBuffer nothing = ByteBuffer.allocate(0);
      current
          .file()
          .write(end.offset(), Frame.encode(storeId, current.first(), end.next(), nothing));
      confirmed = end.next();
    }
  }

  /// Whether the last frame is marked as durable.
  public boolean isConfirmed() {
    return end.next() == confirmed;
  }

  /// Restores the reserve, and makes room for `bytes` more.
  ///
  /// @throws NoSpaceException when the disk is full
  public void ensureRoom(int bytes) throws IOException {
    ensureSpare();
    if (end.offset() + bytes <= segmentBytes) {
      allocate(end.offset() + bytes);
    }
  }

  /// Fills the segment with zeros up to `needed` and some more, so that frames only ever go where
  /// there are blocks already: they cannot run out of space half-way, and their sync has no new
  /// size of the file to write.
  private void allocate(long needed) throws IOException {
    long size = current.file().size();
    if (size >= needed) {
      return;
    }
    long wanted = Math.max(needed, Math.min(size + AHEAD, segmentBytes));
    try {
      current.file().clear(size, wanted - size);
    } catch (NoSpaceException e) {
      current.file().truncate(size);
      throw e;
    }
  }

  private void roll(boolean useReserve) throws IOException {
    String name = Segment.name(end.next());
    if (disk.exists(SPARE)) {
      disk.rename(SPARE, name);
    }
    Segment next = Segment.open(disk, storeId, end.next());
    try {
      next.begin();
    } catch (NoSpaceException e) {
      next.file().close();
      disk.delete(name);
      // Durable, as a segment of that name says that no frame before it has its number.
      disk.sync();
      throw e;
    }
    disk.sync();
    current.file().close();
    current = next;
    segments.add(next.first());
    end = LogPosition.at(next.first());
    if (!useReserve) {
      ensureSpare();
    }
  }

  private void ensureSpare() throws IOException {
    long wanted = Math.min(AHEAD, segmentBytes);
    try (DiskFile spare = disk.open(SPARE)) {
      if (spare.size() < wanted) {
        spare.clear(0, wanted);
      }
    }
  }

  /// Gives up the segments that hold nothing from `position` on. The last of them becomes the
  /// spare: to write into its blocks again costs less than to have new ones allocated.
  public void forgetBefore(LogPosition position) throws IOException {
    while (segments.first() < position.segment()) {
      disk.rename(Segment.name(Objects.requireNonNull(segments.pollFirst())), SPARE);
    }
  }

  /// How many bytes have been appended since the log was opened.
  public long appendedBytes() {
    return appendedBytes;
  }

  /// What all segments take on disk, about, in bytes.
  public long bytes() {
    return (segments.size() - 1) * segmentBytes + end.offset();
  }

  @Override
  public void close() throws IOException {
    current.file().close();
  }
}
