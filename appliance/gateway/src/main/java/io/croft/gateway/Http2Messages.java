package io.croft.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.codec.http2.HttpConversionUtil;
import java.util.List;

/// Turns the frames of a stream into HTTP messages and back.
///
/// A request without a body is decoded here, as Netty allocates a buffer for the body that is not
/// there, and loses it when the head turns out to be malformed: whoever sends such heads could eat
/// up the memory.
final class Http2Messages extends Http2StreamFrameToHttpObjectCodec {
  Http2Messages() {
    super(true);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, Http2StreamFrame frame, List<Object> out)
      throws Exception {
    if (frame instanceof Http2HeadersFrame head
        && head.isEndStream()
        && head.headers().method() != null) {
      decodeHead(head, out);
    } else {
      super.decode(ctx, frame, out);
    }
  }

  private static void decodeHead(Http2HeadersFrame head, List<Object> out) throws Http2Exception {
    int stream = head.stream() == null ? 0 : head.stream().id();
    out.add(HttpConversionUtil.toHttpRequest(stream, head.headers(), true));
    out.add(LastHttpContent.EMPTY_LAST_CONTENT);
  }
}
