package io.croft.engine.proxy;

import io.croft.pki.Identity;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// A server for one connection that answers what it is told.
public final class OneAnswer implements AutoCloseable {
  private final SSLServerSocket listener;

  /// The head of the request, in lower case.
  public final CompletableFuture<String> head = new CompletableFuture<>();

  public final CompletableFuture<String> rest = new CompletableFuture<>();

  /// The subject of what the client shows.
  public final CompletableFuture<String> client = new CompletableFuture<>();

  /// @param clients with which clients are verified
  public OneAnswer(Identity server, Certificate clients, String answer) throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    Certificate[] chain = server.chain().toArray(Certificate[]::new);
    own.setKeyEntry("server", server.key(), new char[0], chain);
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, new char[0]);
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("clients", clients);
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext tls = SSLContext.getInstance("TLSv1.3");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    listener =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    listener.setNeedClientAuth(true);
    Thread.ofPlatform().daemon().start(() -> serve(answer));
  }

  public int port() {
    return listener.getLocalPort();
  }

  private void serve(String answer) {
    try (Socket socket = listener.accept()) {
      InputStream in = socket.getInputStream();
      client.complete(((SSLSocket) socket).getSession().getPeerPrincipal().getName());
      var text = new StringBuilder();
      while (text.indexOf("\r\n\r\n") < 0) {
        text.append((char) in.read());
      }
      head.complete(text.toString());
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      if (answer.contains("Connection: close")) {
        socket.shutdownOutput();
      }
      rest.complete(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      head.completeExceptionally(e);
      rest.completeExceptionally(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
