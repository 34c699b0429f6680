package io.croft.client;

import io.croft.base.http.HttpResponse.BodySink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/// Gathers a streamed body of at most `maxBytes`.
final class BufferSink implements BodySink {
  private final int maxBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  BufferSink(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    if (body.size() > maxBytes - bytes.length) {
      throw new IOException("the answer is longer than " + maxBytes + " bytes");
    }
    body.writeBytes(bytes);
  }

  @Override
  public void flush() {}

  /// The receiver is the thread that writes, so it is there until the end.
  @Override
  public void onClose(Runnable action) {}

  byte[] bytes() {
    return body.toByteArray();
  }
}
