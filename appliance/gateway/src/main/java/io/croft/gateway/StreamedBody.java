package io.croft.gateway;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.HttpResponse.Lent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.util.Arrays;

/// The body of a streamed response. Holds back up to 32 KiB, or 128 KiB of what is given, until it
/// is flushed, and nothing while nothing is written, so that an idle watch costs no buffer. For the
/// request's thread alone.
final class StreamedBody implements BodySink {
  static final int MAX_PIECE_BYTES = 32 << 10;
  private static final int INITIAL_BYTES = 1 << 10;
  private static final int MIN_GIVEN_BYTES = 8 << 10;
  private static final int MAX_GIVEN_BYTES = 128 << 10;
  private static final byte[] NOTHING = new byte[0];

  private final PacedWriter out;
  private final CloseSignal closed;
  private final CloseSignal gone;
  private byte[] pending = NOTHING;
  private int length;

  /// What has been given since the last batch went out.
  private int given;

  private Headers trailers = Headers.EMPTY;

  /// @param closed fires when the receiver is gone, or the gateway drains
  /// @param gone fires when the receiver is gone
  StreamedBody(PacedWriter out, CloseSignal closed, CloseSignal gone) {
    this.out = out;
    this.closed = closed;
    this.gone = gone;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    int offset = 0;
    while (offset < bytes.length) {
      int count = Math.min(bytes.length - offset, MAX_PIECE_BYTES - length);
      reserve(count);
      System.arraycopy(bytes, offset, pending, length, count);
      length += count;
      offset += count;
      if (length == MAX_PIECE_BYTES) {
        flush();
      }
    }
  }

  /// What is long goes out where it is, in pieces like all else.
  @Override
  public void give(Lent bytes) throws IOException {
    if (bytes instanceof LentBuffer(ByteBuf buffer) && buffer.readableBytes() >= MIN_GIVEN_BYTES) {
      addPending();
      int most = out.isAmple() ? MAX_GIVEN_BYTES : MAX_PIECE_BYTES;
      for (int at = buffer.readerIndex(); at < buffer.writerIndex(); at += MAX_PIECE_BYTES) {
        int count = Math.min(MAX_PIECE_BYTES, buffer.writerIndex() - at);
        out.add(new DefaultHttpContent(buffer.retainedSlice(at, count)));
        given += count;
        if (given >= most) {
          sendAhead();
        }
      }
    } else {
      write(bytes.copy());
    }
  }

  private void sendAhead() throws IOException {
    given = 0;
    out.sendAhead();
  }

  private void reserve(int count) {
    int needed = length + count;
    if (needed > pending.length) {
      int doubled = Math.max(INITIAL_BYTES, pending.length * 2);
      pending = Arrays.copyOf(pending, Math.min(MAX_PIECE_BYTES, Math.max(needed, doubled)));
    }
  }

  @Override
  public void flush() throws IOException {
    if (length == 0) {
      sendAhead();
      return;
    }
    addPending();
    given = 0;
    out.send();
  }

  /// Hands the buffer over; the next write starts a new one.
  private void addPending() {
    if (length > 0) {
      out.add(new DefaultHttpContent(Unpooled.wrappedBuffer(pending, 0, length)));
      pending = NOTHING;
      length = 0;
    }
  }

  @Override
  public void onClose(Runnable action) {
    closed.onFire(action);
  }

  @Override
  public void onGone(Runnable action) {
    gone.onFire(action);
  }

  @Override
  public void trailers(Headers fields) {
    trailers = fields;
  }

  /// Sends what is left and the end of the body.
  void end() throws IOException {
    addPending();
    out.add(trailers == Headers.EMPTY ? LastHttpContent.EMPTY_LAST_CONTENT : lastWithTrailers());
    sendAhead();
  }

  private LastHttpContent lastWithTrailers() {
    var last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
    trailers.forEach(last.trailingHeaders()::add);
    return last;
  }
}
