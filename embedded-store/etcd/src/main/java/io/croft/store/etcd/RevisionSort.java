package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import io.croft.store.etcd.wire.Mvcc.KeyValue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// Puts any number of keys into the order of the revisions that wrote them, with little memory:
/// sorted pieces go to a file and are merged from there.
final class RevisionSort implements AutoCloseable {
  private static final Comparator<KeyValue> ORDER =
      Comparator.comparingLong(KeyValue::getModRevision)
          .thenComparing(KeyValue::getKey, ByteString.unsignedLexicographicalComparator());

  private static final int PIECE_BYTES = 8 << 20;

  /// What a key takes of the heap besides its bytes, roughly.
  private static final int OVERHEAD = 150;

  private static final int BUFFER = 1 << 14;

  private final ScratchFile file;
  private final long pieceBytes;
  private final OutputStream out;
  private final List<KeyValue> open = new ArrayList<>();

  /// Where each sorted piece in the file ends.
  private final List<Long> ends = new ArrayList<>();

  private long openBytes;

  /// @param scratch directory for the file
  RevisionSort(Path scratch) throws IOException {
    this(scratch, PIECE_BYTES);
  }

  RevisionSort(Path scratch, long pieceBytes) throws IOException {
    this.file = ScratchFile.in(scratch);
    this.pieceBytes = pieceBytes;
    this.out = new BufferedOutputStream(Channels.newOutputStream(file.channel()), 4 * BUFFER);
  }

  /// Takes the keys in their order.
  @FunctionalInterface
  interface Sink {
    void accept(KeyValue kv) throws IOException;
  }

  void add(KeyValue kv) throws IOException {
    open.add(kv);
    openBytes += kv.getKey().size() + kv.getValue().size() + OVERHEAD;
    if (openBytes > pieceBytes) {
      spill();
    }
  }

  private void spill() throws IOException {
    open.sort(ORDER);
    for (KeyValue kv : open) {
      kv.writeDelimitedTo(out);
    }
    out.flush();
    ends.add(file.channel().position());
    open.clear();
    openBytes = 0;
  }

  /// Gives all that was added. Once.
  void drainTo(Sink sink) throws IOException {
    if (ends.isEmpty()) {
      open.sort(ORDER);
      for (KeyValue kv : open) {
        sink.accept(kv);
      }
      return;
    }
    spill();
    merge(sink);
  }

  private void merge(Sink sink) throws IOException {
    PriorityQueue<Piece> pieces = new PriorityQueue<>(Comparator.comparing(Piece::first, ORDER));
    long start = 0;
    for (long end : ends) {
      Piece piece = new Piece(new BufferedInputStream(file.read(start, end), BUFFER));
      if (piece.advance()) {
        pieces.add(piece);
      }
      start = end;
    }
    for (Piece piece; (piece = pieces.poll()) != null; ) {
      sink.accept(piece.first);
      if (piece.advance()) {
        pieces.add(piece);
      }
    }
  }

  /// What has not been given yet of a sorted piece.
  private static final class Piece {
    private final InputStream in;
    private KeyValue first = KeyValue.getDefaultInstance();

    Piece(InputStream in) {
      this.in = in;
    }

    KeyValue first() {
      return first;
    }

    /// @return false at its end
    boolean advance() throws IOException {
      KeyValue next = KeyValue.parseDelimitedFrom(in);
      if (next == null) {
        return false;
      }
      first = next;
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
