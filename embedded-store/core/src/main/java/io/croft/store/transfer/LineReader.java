package io.croft.store.transfer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/// Cuts a stream into lines of bounded length.
final class LineReader {
  private final InputStream in;
  private final int maxBytes;

  /// @param in should be buffered
  /// @param maxBytes the most that a line may have
  LineReader(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /// The next line with its end, if it has one; empty at the end of the stream.
  ///
  /// @throws TooLong when it has more than `maxBytes`
  byte[] next() throws IOException, TooLong {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    for (int b; (b = in.read()) >= 0; ) {
      line.write(b);
      if (b == '\n') {
        break;
      }
      if (line.size() >= maxBytes) {
        throw new TooLong();
      }
    }
    return line.toByteArray();
  }

  /// A line has more than is allowed.
  static final class TooLong extends Exception {}
}
