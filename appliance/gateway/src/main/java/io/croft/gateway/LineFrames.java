package io.croft.gateway;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Arrays;
import java.util.List;

/// Cuts a body into WebSocket messages: one of UTF-8 text per line, without the newline. Holds back
/// the beginning of a line, up to 32 KiB, so that most messages are one frame; longer lines go in
/// fragments of up to 64 KiB, the most that some clients accept in one frame.
final class LineFrames {
  private static final int MAX_HELD_BYTES = 32 << 10;
  private static final int MAX_CHARACTER_BYTES = 4;
  private static final byte[] NOTHING = new byte[0];

  /// The beginning of a line, or what follows the fragments of it that have been sent.
  private byte[] held = NOTHING;

  private boolean fragmented;

  /// Reads a piece of the body, of up to 32 KiB, and adds the frames that it completes.
  void add(ByteBuf piece, List<WebSocketFrame> frames) {
    for (int length = piece.bytesBefore((byte) '\n');
        length >= 0;
        length = piece.bytesBefore((byte) '\n')) {
      frames.add(frame(true, take(piece, length)));
      piece.skipBytes(1);
    }
    if (piece.isReadable()) {
      hold(join(piece, piece.readableBytes()), frames);
    }
  }

  private ByteBuf take(ByteBuf piece, int length) {
    return held.length == 0
        ? piece.readRetainedSlice(length)
        : Unpooled.wrappedBuffer(join(piece, length));
  }

  private byte[] join(ByteBuf piece, int length) {
    byte[] joined = Arrays.copyOf(held, held.length + length);
    piece.readBytes(joined, held.length, length);
    held = NOTHING;
    return joined;
  }

  private void hold(byte[] line, List<WebSocketFrame> frames) {
    if (line.length <= MAX_HELD_BYTES) {
      held = line;
      return;
    }
    int end = endOfCharacters(line);
    frames.add(frame(false, Unpooled.wrappedBuffer(line, 0, end)));
    held = Arrays.copyOfRange(line, end, line.length);
  }

  /// Where to cut so that no character falls apart: clients exist that decode each fragment alone.
  private static int endOfCharacters(byte[] text) {
    for (int i = text.length - 1; i >= text.length - MAX_CHARACTER_BYTES; i--) {
      boolean continuation = (text[i] & 0xC0) == 0x80;
      if (!continuation) {
        boolean ascii = text[i] >= 0;
        return ascii ? text.length : i;
      }
    }
    return text.length;
  }

  /// Adds what is left of a last line without a newline.
  void end(List<WebSocketFrame> frames) {
    if (fragmented || held.length > 0) {
      frames.add(frame(true, Unpooled.wrappedBuffer(held)));
      held = NOTHING;
    }
  }

  private WebSocketFrame frame(boolean last, ByteBuf content) {
    WebSocketFrame frame =
        fragmented
            ? new ContinuationWebSocketFrame(last, 0, content)
            : new TextWebSocketFrame(last, 0, content);
    fragmented = !last;
    return frame;
  }
}
