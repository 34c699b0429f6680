package io.croft.store.etcd;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A client's connection to an endpoint.
record EtcdChannel(ManagedChannel channel, @Nullable EventLoopGroup loops)
    implements AutoCloseable {
  /// @param endpoint `http://HOST:PORT`, `https://HOST:PORT`, `unix://PATH` or `unixs://PATH`
  /// @param tls for `https` and `unixs`
  /// @throws IllegalArgumentException when it is none of these
  static EtcdChannel open(String endpoint, EtcdClientTls tls, int maxMessageBytes)
      throws IOException {
    URI uri = parse(endpoint);
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    return switch (scheme) {
      case "http" -> tcp(uri, InsecureChannelCredentials.create(), maxMessageBytes);
      case "https" -> tcp(uri, tls.credentials(), maxMessageBytes);
      case "unix" -> unix(uri, InsecureChannelCredentials.create(), maxMessageBytes);
      case "unixs" -> unix(uri, tls.credentials(), maxMessageBytes);
      default -> throw unusable(endpoint);
    };
  }

  private static URI parse(String endpoint) {
    try {
      return new URI(endpoint);
    } catch (URISyntaxException _) {
      throw unusable(endpoint);
    }
  }

  private static IllegalArgumentException unusable(String endpoint) {
    return new IllegalArgumentException(
        "the endpoint is %s, wanted is http://HOST:PORT, https://HOST:PORT or unix:///PATH"
            .formatted(endpoint));
  }

  private static EtcdChannel tcp(URI uri, ChannelCredentials credentials, int maxMessageBytes) {
    if (uri.getHost() == null
        || uri.getPort() < 1
        || uri.getPort() > 65535
        || uri.getUserInfo() != null) {
      throw unusable(uri.toString());
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(uri.getHost(), uri.getPort(), credentials)
            .maxInboundMessageSize(maxMessageBytes)
            .build();
    return new EtcdChannel(channel, null);
  }

  private static EtcdChannel unix(URI uri, ChannelCredentials credentials, int maxMessageBytes) {
    if (uri.getHost() != null || uri.getPath() == null || uri.getPath().isEmpty()) {
      throw unusable(uri.toString());
    }
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("etcd-client", true), NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(uri.getPath()), credentials)
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .maxInboundMessageSize(maxMessageBytes)
            .build();
    return new EtcdChannel(channel, loops);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    if (loops != null) {
      var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
