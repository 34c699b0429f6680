package io.croft.certificates.acme;

import io.croft.certificates.acme.protocol.AcmeConnection;
import io.croft.certificates.acme.protocol.AcmeRequests;
import io.croft.certificates.acme.protocol.AcmeServer;
import io.croft.pki.PkiException;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// The ways to the servers that are in use, 32 at most: the one that was not used for longest is
/// closed for another. Thread-safe.
final class AcmeConnections {
  private static final int MAX = 32;

  private final AcmeRequests requests;
  private final SequencedMap<AcmeServer, AcmeConnection> open = new LinkedHashMap<>();

  AcmeConnections(AcmeRequests requests) {
    this.requests = requests;
  }

  /// @throws PkiException when the server's authorities cannot be read
  synchronized AcmeConnection of(AcmeServer server) throws PkiException {
    AcmeConnection known = open.remove(server);
    AcmeConnection connection = known == null ? new AcmeConnection(server, requests) : known;
    open.putLast(server, connection);
    if (open.size() > MAX) {
      open.pollFirstEntry().getValue().close();
    }
    return connection;
  }

  synchronized void close() {
    open.values().forEach(AcmeConnection::close);
    open.clear();
  }
}
