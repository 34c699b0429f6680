package io.croft.gateway;

import io.croft.base.http.HttpResponse.Lent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Bytes that are where Netty has read them to.
public record LentBuffer(ByteBuf buffer) implements Lent {
  @Override
  public byte[] copy() {
    return ByteBufUtil.getBytes(buffer);
  }
}
