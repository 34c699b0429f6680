package io.croft.store.etcd;

import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A socket in the file system. It is made in a directory of its own, which only the owner may
/// enter, and moved to its place once it has its permissions: nobody else can connect meanwhile.
final class UnixBinding implements Binding {
  private static final Logger LOG = LoggerFactory.getLogger(UnixBinding.class);
  private static final int THREADS = 2;

  private final Path socket;
  private @Nullable EventLoopGroup loops;
  private @Nullable Path cradle;

  /// Tells our file from one that somebody else put there later.
  private @Nullable Object identity;

  UnixBinding(Path socket) {
    this.socket = socket;
  }

  @Override
  public NettyServerBuilder prepare(ServerCredentials credentials) throws IOException {
    checkFree();
    Path directory = createCradle();
    cradle = directory;
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("etcd-unix", true), NioIoHandler.newFactory());
    loops = group;
    // gRPC asks for keep-alive of every connection, which these have not.
    return NettyServerBuilder.forAddress(
            UnixDomainSocketAddress.of(directory.resolve("s")), credentials)
        .channelType(NioServerDomainSocketChannel.class)
        .withChildOption(ChannelOption.SO_KEEPALIVE, null)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group);
  }

  /// @throws IOException when something is there that is no abandoned socket
  private void checkFree() throws IOException {
    if (!Files.isDirectory(socket.resolveSibling("."))) {
      throw new IOException("the directory of the socket " + socket + " is missing");
    }
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!attributes().isOther()) {
      throw new FileAlreadyExistsException(socket + " is there, and is not a socket");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false); // a process that takes no connections is there as well
      probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException _) {
      return;
    }
    throw new BindException(socket + " is in use: a process listens on it");
  }

  /// Of a name so short that the socket in it is not too long for the system.
  private Path createCradle() throws IOException {
    String name = ".%04x".formatted(new SecureRandom().nextInt(1 << 16));
    Path directory = socket.resolveSibling(name);
    return isPosix()
        ? Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
        : Files.createDirectory(directory);
  }

  private boolean isPosix() {
    return socket.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public void open(Server server) throws IOException {
    Path directory = cradle;
    if (directory == null) {
      throw new IllegalStateException("not prepared");
    }
    Path made = directory.resolve("s");
    if (isPosix()) {
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
    }
    Files.move(made, socket, StandardCopyOption.ATOMIC_MOVE);
    identity = attributes().fileKey();
    Files.delete(directory);
    cradle = null;
  }

  @Override
  public String url(boolean tls) {
    return (tls ? "unixs://" : "unix://") + socket;
  }

  @Override
  public void close() {
    EventLoopGroup group = loops;
    if (group != null) {
      var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
    try {
      if (cradle != null) {
        Files.deleteIfExists(cradle.resolve("s"));
        Files.deleteIfExists(cradle);
        cradle = null;
      }
      if (identity != null
          && Files.exists(socket, LinkOption.NOFOLLOW_LINKS)
          && identity.equals(attributes().fileKey())) {
        Files.delete(socket);
      }
      identity = null;
    } catch (IOException e) {
      // It is replaced at the next start.
      LOG.atWarn().addKeyValue("socket", socket).setCause(e).log("the socket cannot be removed");
    }
  }
}
