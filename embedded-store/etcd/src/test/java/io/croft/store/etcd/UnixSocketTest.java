package io.croft.store.etcd;

import static io.croft.store.etcd.Transcript.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.embedded.StoreConfig;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.Rpc.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
  @TempDir Path directory;
  private EmbeddedStore store;
  private Path socket;

  @BeforeEach
  void open() {
    store = EmbeddedStore.open(directory.resolve("store"), StoreConfig.defaults());
    socket = directory.resolve("etcd.sock");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private EtcdServer server() {
    return new EtcdServer(store, new EtcdConfig(new EtcdAddress.Unix(socket), null, directory));
  }

  private long put() {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(loops)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    try {
      return KVGrpc.newBlockingStub(channel)
          .put(PutRequest.newBuilder().setKey(bytes("a")).build())
          .getHeader()
          .getRevision();
    } finally {
      channel.shutdownNow();
      var _ = loops.shutdownGracefully();
    }
  }

  @Test
  void servesItsOwnerOnly() throws IOException {
    try (EtcdServer server = server()) {
      server.start();
      assertThat(put()).isEqualTo(2);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(server.url()).isEqualTo("unix://" + socket);
      assertThat(server.port()).isEqualTo(-1);
    }
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("store"));
    }
  }

  @Test
  void worksWithEtcdctl() throws IOException {
    Etcdctl etcdctl = new Etcdctl(Peers.find("etcdctl"));
    try (EtcdServer server = server()) {
      server.start();
      assertThat(etcdctl.run(server.url(), "", "put", "a", "1")).isEqualTo("OK\n");
      assertThat(etcdctl.run(server.url(), "", "get", "a")).isEqualTo("a\n1\n");
      assertThat(etcdctl.run(server.url(), "", "member", "list")).contains(server.url());
    }
  }

  @Test
  void replacesASocketThatNobodyListensOn() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      gone.bind(address);
    }
    assertThat(socket).exists();
    try (EtcdServer server = server()) {
      server.start();
      assertThat(put()).isEqualTo(2);
    }
  }

  @Test
  void leavesWhatBelongsToOthers() throws IOException {
    try (EtcdServer first = server()) {
      first.start();
      try (EtcdServer second = server()) {
        assertThatExceptionOfType(BindException.class)
            .isThrownBy(second::start)
            .withMessage(socket + " is in use: a process listens on it");
      }
      assertThat(put()).isEqualTo(2);
      Files.delete(socket);
      Files.writeString(socket, "not a socket");
    }
    try (EtcdServer server = server()) {
      assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(server::start);
    }
    assertThat(socket).hasContent("not a socket");
  }

  @Test
  void saysThatTheDirectoryIsMissing() {
    socket = directory.resolve("missing/etcd.sock");
    try (EtcdServer server = server()) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(server::start)
          .withMessage("the directory of the socket " + socket + " is missing");
    }
  }

  @Test
  void refusesAPathThatNoClientCouldUse() {
    Path tooLong = Path.of("/run/" + "x".repeat(100));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EtcdAddress.Unix(tooLong))
        .withMessageContaining("105 bytes");
    assertThatIllegalArgumentException().isThrownBy(() -> new EtcdAddress.Unix(Path.of("/")));
  }
}
