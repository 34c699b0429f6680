package io.croft.gateway;

import java.io.IOException;
import java.io.InputStream;

/// A stream of what arrives piece by piece. For one thread.
final class Pieces extends InputStream {
  private static final byte[] NOTHING = new byte[0];

  private final Source source;
  private byte[] piece = NOTHING;
  private int at;
  private boolean ended;

  /// Where the pieces come from.
  @FunctionalInterface
  interface Source {
    /// Waits for the next piece; an empty one is the end.
    byte[] next() throws IOException;
  }

  Pieces(Source source) {
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    return arrived() ? piece[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!arrived()) {
      return -1;
    }
    int count = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, into, offset, count);
    at += count;
    return count;
  }

  private boolean arrived() throws IOException {
    if (at == piece.length && !ended) {
      piece = source.next();
      at = 0;
      ended = piece.length == 0;
    }
    return !ended;
  }
}
