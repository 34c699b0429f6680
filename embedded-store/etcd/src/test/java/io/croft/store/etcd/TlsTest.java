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
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S41")
class TlsTest {
  private final Certificates site = new Certificates("site");
  private final Certificates other = new Certificates("other");
  @TempDir Path directory;
  private EmbeddedStore store;

  @BeforeEach
  void open() {
    store = EmbeddedStore.open(directory, StoreConfig.defaults());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private EtcdServer start(EtcdTls tls) throws IOException {
    EtcdServer server = new EtcdServer(store, EtcdConfig.loopback(0, tls, directory));
    server.start();
    return server;
  }

  private static ManagedChannel connect(
      EtcdServer server, X509Certificate trusted, @Nullable EtcdTls self) throws IOException {
    SslContextBuilder tls =
        GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
            .trustManager(trusted);
    if (self != null) {
      tls.keyManager(self.key(), self.chain());
    }
    return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
        .sslContext(tls.build())
        .build();
  }

  private static long put(ManagedChannel channel) {
    return KVGrpc.newBlockingStub(channel)
        .put(PutRequest.newBuilder().setKey(bytes("a")).build())
        .getHeader()
        .getRevision();
  }

  private static void assertRefused(ManagedChannel channel) {
    try {
      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> put(channel))
          .withMessageStartingWith("UNAVAILABLE");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void servesAnyClientThatTrustsIt() throws IOException {
    try (EtcdServer server = start(site.issue("server", List.of()))) {
      ManagedChannel client = connect(server, site.authority, null);
      assertThat(put(client)).isEqualTo(2);
      client.shutdownNow();
      assertRefused(connect(server, other.authority, null));
    }
  }

  @Test
  void letsOnlyClientsOfTheTrustedAuthorityIn() throws IOException {
    try (EtcdServer server = start(site.issue("server", List.of(site.authority)))) {
      ManagedChannel client = connect(server, site.authority, site.issue("client", List.of()));
      assertThat(put(client)).isEqualTo(2);
      client.shutdownNow();
      assertRefused(connect(server, site.authority, null));
      assertRefused(connect(server, site.authority, other.issue("client", List.of())));
      assertThat(store.revision()).isEqualTo(2);
    }
  }

  @Test
  void presentsTheNewCertificateWithoutDroppingConnections() throws IOException {
    try (EtcdServer server = start(site.issue("server", List.of(site.authority)))) {
      EtcdTls self = site.issue("client", List.of());
      ManagedChannel before = connect(server, site.authority, self);
      assertThat(put(before)).isEqualTo(2);
      server.renew(other.issue("server", List.of(other.authority)));
      ManagedChannel after = connect(server, other.authority, other.issue("client", List.of()));
      assertThat(put(after)).isEqualTo(3);
      assertThat(put(before)).isEqualTo(4);
      before.shutdownNow();
      after.shutdownNow();
      assertRefused(connect(server, other.authority, self));
      EtcdTls open = site.issue("server", List.of());
      assertThatIllegalArgumentException().isThrownBy(() -> server.renew(open));
    }
  }

  @Test
  void takesNewCertificatesFromFiles() throws Exception {
    Path pem = Files.createDirectory(directory.resolve("pem"));
    EtcdTls first = site.issue("server", List.of(site.authority));
    EtcdTlsFiles files = Certificates.write(first, pem);
    EtcdTls self = site.issue("client", List.of());
    try (EtcdServer server = start(files.load());
        TlsReload reload = new TlsReload(server, files, first, Duration.ofMillis(20))) {
      reload.start();
      ManagedChannel before = connect(server, site.authority, self);
      assertThat(put(before)).isEqualTo(2);
      Files.writeString(files.key(), "half a key");
      var _ =
          Certificates.write(other.issue("server", List.of(site.authority, other.authority)), pem);
      assertThat(putOnceTrusted(server, self)).isGreaterThanOrEqualTo(3);
      assertThat(put(before)).isGreaterThanOrEqualTo(4);
      before.shutdownNow();
    }
  }

  /// With the new certificate, once it is presented.
  private long putOnceTrusted(EtcdServer server, EtcdTls self) throws Exception {
    for (int attempt = 0; attempt < 500; attempt++) {
      ManagedChannel after = connect(server, other.authority, self);
      try {
        return put(after);
      } catch (StatusRuntimeException e) {
        Thread.sleep(20);
      } finally {
        after.shutdownNow();
      }
    }
    throw new AssertionError("the new certificate was not presented");
  }

  @Test
  void namesTheFileThatCannotBeUsed() throws IOException {
    EtcdTls tls = site.issue("server", List.of(site.authority));
    EtcdTlsFiles files = Certificates.write(tls, directory);
    assertThat(files.load()).isEqualTo(tls);
    var _ = Certificates.write(site.issue("other", List.of()), directory);
    Files.writeString(files.certificate(), Certificates.pem(tls.chain()));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(files::load)
        .withMessage(files.key() + " is not the key of the certificate in " + files.certificate());
    Files.writeString(files.key(), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(files::load)
        .withMessage(files.key() + " is not an RSA or EC key in PEM and PKCS #8")
        .withNoCause();
    Files.writeString(files.certificate(), "");
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(files::load)
        .withMessageStartingWith(files.certificate().toString());
  }

  @Test
  void keepsTheKeyOutOfItsText() {
    assertThat(site.issue("server", List.of()))
        .hasToString("EtcdTls[CN=server, 0 client authorities]");
  }
}
