package io.croft.security.ldap;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.SocketFactory;

/// Makes sockets whose reads end after a while, from the first one on: the LDAP library bounds its
/// own reads, but not those of a TLS handshake, in which a server may fall silent.
final class PatientSockets extends SocketFactory {
  private final SocketFactory sockets;
  private final int timeoutMillis;

  PatientSockets(SocketFactory sockets, Duration timeout) {
    this.sockets = sockets;
    this.timeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  private Socket bounded(Socket socket) throws IOException {
    socket.setSoTimeout(timeoutMillis);
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return bounded(sockets.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return bounded(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return bounded(sockets.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return bounded(sockets.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return bounded(sockets.createSocket(host, port, localAddress, localPort));
  }
}
