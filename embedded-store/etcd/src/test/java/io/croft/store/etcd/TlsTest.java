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
import java.net.SocketException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumesNoSessionOfAnAuthorityThatIsTrustedNoMore(String protocol) throws Exception {
    EtcdTls first = site.issue("server", List.of(site.authority, other.authority));
    SSLContext context = context(other.issue("client", List.of()));
    try (EtcdServer server = start(first)) {
      assertThat(letIn(server, context, protocol)).isTrue();
      assertThat(letIn(server, context, protocol)).isTrue();
      server.renew(new EtcdTls(first.key(), first.chain(), List.of(site.authority)));
      assertThat(letIn(server, context, protocol)).isFalse();
    }
  }

  /// Remembers sessions for as long as it is used.
  private SSLContext context(EtcdTls self) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("self", self.key(), new char[0], self.chain().toArray(Certificate[]::new));
    keys.setCertificateEntry("server", site.authority);
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, new char[0]);
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  /// Whether the server begins to speak HTTP/2.
  private static boolean letIn(EtcdServer server, SSLContext context, String protocol)
      throws IOException {
    try (var socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {protocol});
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(30_000);
      socket.startHandshake();
      return socket.getInputStream().read() >= 0;
    } catch (SSLException | SocketException _) {
      return false; // the alert, or that the connection was closed meanwhile
    }
  }

  @Test
  void takesNewCertificatesWhenTheyCanBeUsed() throws Exception {
    EtcdTls first = site.issue("server", List.of(site.authority));
    EtcdTls next = other.issue("server", List.of(site.authority, other.authority));
    EtcdTls self = site.issue("client", List.of());
    AtomicReference<TlsReload.Source> files = new AtomicReference<>(() -> first);
    CountDownLatch failures = new CountDownLatch(3);
    try (EtcdServer server = start(first);
        TlsReload reload =
            new TlsReload(server, () -> files.get().load(), first, Duration.ofMillis(20))) {
      reload.start();
      ManagedChannel before = connect(server, site.authority, self);
      assertThat(put(before)).isEqualTo(2);
      files.set(() -> {
        failures.countDown();
        throw new IOException("tls.key is being written");
      });
      assertThat(failures.await(30, TimeUnit.SECONDS)).isTrue();
      files.set(() -> new EtcdTls(first.key(), next.chain(), List.of()));
      assertThat(put(before)).isEqualTo(3);
      files.set(() -> next);
      assertThat(putOnceTrusted(server, self)).isEqualTo(4);
      assertThat(put(before)).isEqualTo(5);
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
  void refusesAKeyOfAnotherCertificate() {
    EtcdTls one = site.issue("one", List.of());
    EtcdTls two = site.issue("two", List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EtcdTls(one.key(), two.chain(), List.of()))
        .withMessage("the key is not that of the certificate of CN=two");
  }

  @Test
  void keepsTheKeyOutOfItsText() {
    assertThat(site.issue("server", List.of()))
        .hasToString("EtcdTls[CN=server, 0 client authorities]");
  }
}
