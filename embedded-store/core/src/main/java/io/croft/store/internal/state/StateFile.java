package io.croft.store.internal.state;

import io.croft.store.Bytes;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.log.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipOutputStream;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.RandomAccessStore;
import org.h2.mvstore.SFChunk;
import org.h2.mvstore.WriteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file under the MVStore. It adds what MVStore lacks:
///
/// - every block is followed by a checksum, as [Blocks] says;
/// - what MVStore writes is kept in memory until a [Checkpoint] brings it to disk, on another
///   thread, so that MVStore never sees a write fail and the writer does not wait for it;
/// - MVStore's own header is not written in place but as part of a [Superblock], which appears once
///   all that it refers to is durable. Until then the file opens as it was at the last superblock,
///   whatever a crash left of later writes: MVStore never has to recover;
/// - reads go through [DiskFile], which interrupts cannot close.
///
/// Two superblocks are kept and written in turn, so that one is always whole. Space that MVStore
/// gives up is held back until neither of them knows of it.
final class StateFile extends RandomAccessStore {
  private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);

  /// MVStore's own header takes its first blocks, here the superblocks do.
  private static final int HEADER_BLOCKS = Blocks.FIRST;

  /// How often it is tried to evacuate the file's end before it is left as it is.
  private static final int MAX_TRIES = 5;

  private final DiskFile file;
  private final Deque<Retired> retired = new ArrayDeque<>();

  /// What has been committed but is not known to be on disk; readers find it here.
  private volatile List<Checkpoint.Image> unwritten = List.of();

  private Superblock published;
  private final long storeId;
  private final byte[] header;

  /// What the next commit takes at most, about, in bytes.
  private long expected;

  /// What may be evacuated just now; null for everything.
  private @Nullable Collection<SFChunk> candidates;

  /// The size of the file when its end was evacuated last, in bytes.
  private long triedSize;

  private int tries;

  /// Whether evacuation met damage; there is none then until the store is opened again.
  private boolean damaged;

  StateFile(Map<String, Object> config, DiskFile file, Superblock published) {
    super(config);
    this.file = file;
    this.published = published;
    this.storeId = published.storeId();
    this.header = published.header().array().clone();
    init(file.toString(), false);
    setSize(published.logicalSize());
  }

  /// Checks that MVStore found the very state of the superblock, and not an older one.
  void checkVersion() {
    if (lastChunkVersion() != published.version()) {
      throw DataUtils.newMVStoreException(
          DataUtils.ERROR_FILE_CORRUPT,
          "version {0} is not there, only {1}",
          published.version(),
          lastChunkVersion());
    }
  }

  /// Whether much of the file is taken by pages that are of no use any more, or could be cut off.
  boolean hasGarbage(Tidying tidying) {
    long heldBack = retired.stream().mapToLong(Retired::length).sum();
    return heldBack > tidying.tolerated()
        || (!damaged && (isSparse(getChunks().values(), tidying) || !tail(tidying).isEmpty()));
  }

  /// Has the live pages of sparse chunks, or else of those at the end of a file with much free
  /// space, written again with the next commit, so that these chunks can be given up. Chunks
  /// without any live page need only time. When pages that it needs are damaged, the file just
  /// stays as large as it is: what has been written again by then is as good where it goes.
  void evacuateChunks(Tidying tidying) {
    if (damaged || tidying.movable() == 0) {
      return;
    }
    try {
      evacuate(tidying);
    } catch (MVStoreException e) {
      damaged = true;
      LOG.atError()
          .addKeyValue("damage", e.getMessage())
          .log("space is no longer given back, after damage to the state; restore a snapshot");
    }
  }

  private void evacuate(Tidying tidying) {
    if (isSparse(getChunks().values().stream().filter(c -> c.maxLenLive > 0).toList(), tidying)) {
      rewriteChunks((int) tidying.movable(), tidying.sparsePercent());
    } else {
      evacuateTail(tidying);
    }
  }

  private static boolean isSparse(Collection<SFChunk> chunks, Tidying tidying) {
    long live = 0;
    long all = 0;
    for (SFChunk chunk : chunks) {
      live += chunk.maxLenLive;
      all += chunk.maxLen;
    }
    return all - live > tidying.tolerated() && live * 100 < all * tidying.sparsePercent();
  }

  private void evacuateTail(Tidying tidying) {
    List<SFChunk> tail = tail(tidying);
    if (tail.isEmpty()) {
      return;
    }
    tries = hasOtherSize() ? 1 : tries + 1;
    triedSize = size();
    candidates = tail;
    try {
      rewriteChunks((int) tidying.movable(), 100);
    } finally {
      candidates = null;
    }
  }

  /// Whether the file is shorter than when its end was evacuated last, or twice as long.
  private boolean hasOtherSize() {
    return size() < triedSize || size() / 2 > triedSize;
  }

  /// The chunks at the end that fit into free space before them, when more than half of the file is
  /// free. It takes several tries, as the newest chunk and young ones cannot be evacuated yet; but
  /// when they do not make the file shorter, there are no more.
  private List<SFChunk> tail(Tidying tidying) {
    long end = size();
    long used = 0;
    for (SFChunk chunk : getChunks().values()) {
      used += (long) chunk.len * Blocks.SIZE;
    }
    boolean isWorthIt = end - used > Math.max(tidying.tolerated(), used);
    return isWorthIt && (tries < MAX_TRIES || hasOtherSize()) ? lastChunks() : List.of();
  }

  private List<SFChunk> lastChunks() {
    Gap gap = largestGap();
    List<SFChunk> last =
        getChunks().values().stream()
            .filter(chunk -> chunk.block * Blocks.SIZE >= gap.end() && chunk.maxLenLive > 0)
            .sorted(Comparator.comparingLong((SFChunk chunk) -> chunk.block).reversed())
            .toList();
    // Some is left for what else the next commit has.
    long room = gap.length() / 4 * 3;
    int count = 0;
    while (count < last.size() && (room -= liveBytes(last.get(count))) >= 0) {
      count++;
    }
    return last.subList(0, count);
  }

  private static long liveBytes(SFChunk chunk) {
    return (long) chunk.len * Blocks.SIZE * chunk.maxLenLive / Math.max(1, chunk.maxLen);
  }

  private record Gap(long start, long end) {
    long length() {
      return end - start;
    }
  }

  private Gap largestGap() {
    return gaps().stream().max(Comparator.comparingLong(Gap::length)).orElse(new Gap(0, 0));
  }

  /// The pieces of the file that neither chunks nor the superblocks need, before the last chunk.
  private List<Gap> gaps() {
    List<Gap> taken = new ArrayList<>();
    getChunks()
        .values()
        .forEach(c -> taken.add(new Gap(c.block * Blocks.SIZE, (c.block + c.len) * Blocks.SIZE)));
    retired.forEach(r -> taken.add(new Gap(r.position(), r.position() + r.length())));
    taken.sort(Comparator.comparingLong(Gap::start));
    List<Gap> gaps = new ArrayList<>();
    long at = HEADER_BLOCKS * (long) Blocks.SIZE;
    for (Gap region : taken) {
      if (region.start() > at) {
        gaps.add(new Gap(at, region.start()));
      }
      at = Math.max(at, region.end());
    }
    return gaps;
  }

  FreeSpace freeSpace() throws IOException {
    long total = 0;
    long largest = 0;
    for (Gap gap : gaps()) {
      total += gap.length();
      largest = Math.max(largest, gap.length());
    }
    long tail = Math.max(0, file.size() - Blocks.position(size() / Blocks.SIZE));
    return new FreeSpace(total + tail, largest, tail);
  }

  /// Which chunks MVStore may evacuate.
  @Override
  public @Nullable Collection<SFChunk> getRewriteCandidates() {
    return candidates == null ? super.getRewriteCandidates() : candidates;
  }

  /// What was committed since the last time, ready to be written.
  Checkpoint begin(long revision, LogPosition position) {
    saveChunkLock.lock();
    try {
      writeCleanShutdownMark();
      Superblock next = published.next(revision, size(), lastChunkVersion(), Bytes.copyOf(header));
      return new Checkpoint(file, position, unwritten, next);
    } finally {
      saveChunkLock.unlock();
    }
  }

  long storeId() {
    return storeId;
  }

  /// Takes note that a checkpoint is durable.
  void finish(Checkpoint checkpoint, Tidying tidying) throws IOException {
    saveChunkLock.lock();
    try {
      published = checkpoint.superblock();
      unwritten = List.of();
      freeRetired();
      shrinkStoreIfPossible(0);
      giveBack(tidying.kept());
    } finally {
      saveChunkLock.unlock();
    }
  }

  /// A region of the file that MVStore has given up.
  ///
  /// @param generation of the first superblock that does not know of it
  private record Retired(long generation, long position, int length) {}

  @Override
  protected void freeChunkSpace(Iterable<SFChunk> chunks) {
    for (SFChunk chunk : chunks) {
      retired.add(
          new Retired(
              published.generation() + 1, chunk.block * Blocks.SIZE, chunk.len * Blocks.SIZE));
    }
  }

  private void freeRetired() {
    for (Retired region;
        (region = retired.peek()) != null && region.generation() < published.generation(); ) {
      free(region.position(), region.length());
      retired.remove();
    }
  }

  @Override
  protected void shrinkStoreIfPossible(int minPercent) {
    long end = HEADER_BLOCKS * (long) Blocks.SIZE;
    for (SFChunk chunk : getChunks().values()) {
      end = Math.max(end, (chunk.block + chunk.len) * Blocks.SIZE);
    }
    for (Retired region : retired) {
      end = Math.max(end, region.position() + region.length());
    }
    truncate(end);
  }

  /// Cuts off what was used once, when it is much.
  private void giveBack(long kept) throws IOException {
    long needed = Blocks.position(size() / Blocks.SIZE);
    if (file.size() - needed > kept) {
      file.truncate(needed);
    }
  }

  /// What the file takes on disk, in bytes.
  long physicalSize() throws IOException {
    return file.size();
  }

  @Override
  public ByteBuffer readFully(SFChunk chunk, long pos, int len) {
    try {
      return pos < HEADER_BLOCKS * Blocks.SIZE ? readHeader(pos, len) : readBlocks(chunk, pos, len);
    } catch (IOException e) {
      throw DataUtils.newMVStoreException(
          DataUtils.ERROR_READING_FAILED, "cannot read {0} bytes at {1}: {2}", len, pos, e);
    }
  }

  private ByteBuffer readHeader(long pos, int len) {
    ByteBuffer copies = ByteBuffer.allocate(HEADER_BLOCKS * Blocks.SIZE).put(header).put(header);
    return copies.slice((int) pos, len);
  }

  private ByteBuffer readBlocks(SFChunk chunk, long pos, int len) throws IOException {
    readCount.incrementAndGet();
    readBytes.addAndGet(len);
    for (Checkpoint.Image image : unwritten) {
      if (image.has(pos, len)) {
        return image.bytes().slice((int) (pos - image.position()), len);
      }
    }
    return Blocks.read(file, chunk == null ? null : chunk.id, pos, len);
  }

  @Override
  protected void writeFully(SFChunk chunk, long pos, ByteBuffer source) {
    int length = source.remaining();
    if (chunk == null) {
      source.get(header);
      setSize(Math.max(size(), HEADER_BLOCKS * Blocks.SIZE));
      return;
    }
    List<Checkpoint.Image> images = new ArrayList<>(unwritten);
    images.add(new Checkpoint.Image(pos, chunk.id, source.slice()));
    unwritten = List.copyOf(images);
    setSize(Math.max(size(), pos + length));
    writeCount.incrementAndGet();
    writeBytes.addAndGet(length);
  }

  /// Tells what the next commit will take at most, about, in bytes.
  void expect(long bytes) {
    expected = bytes;
  }

  /// Of the right size at once, as growing would take it more than twice; and a new one each time,
  /// as what is in it stays until it is written.
  @Override
  public WriteBuffer getWriteBuffer() {
    return new WriteBuffer(Math.clamp(expected, 1 << 16, 1 << 30));
  }

  @Override
  public void releaseWriteBuffer(WriteBuffer buffer) {}

  /// MVStore asks for it before it cuts the file, which is done by [#finish] in its own order.
  @Override
  public void sync() {}

  @Override
  protected void truncate(long size) {
    setSize(Math.min(size(), size));
  }

  @Override
  public void open(String fileName, boolean readOnly, char[] encryptionKey) {
    throw new UnsupportedOperationException("is opened by its constructor");
  }

  @Override
  public FileStore<SFChunk> open(String fileName, boolean readOnly) {
    throw new UnsupportedOperationException("is opened by its constructor");
  }

  @Override
  public void backup(ZipOutputStream out) {
    throw new UnsupportedOperationException("snapshots are made by the store");
  }
}
