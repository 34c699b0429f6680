package io.croft.security.ldap;

import com.unboundid.ldap.sdk.BindRequest;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPConnectionPool;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ServerSet;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.SingleServerSet;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import io.croft.security.ldap.LdapSettings.Account;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Makes connections to a directory: always over TLS, to the first of its servers that works, the
/// server verified by its name.
final class LdapConnections {
  private static final int MAX_CONNECTIONS = 8;
  private static final int LDAPS_PORT = 636;
  private static final int LDAP_PORT = 389;
  private static final int MAX_MESSAGE_BYTES = 4 << 20;
  private static final long MAX_AGE_MILLIS = 10 * 60_000L;

  private LdapConnections() {}

  /// A pool that connects when it is asked to, as the account whose password the file has now.
  static LDAPConnectionPool pool(LdapSettings settings)
      throws GeneralSecurityException, IOException, LDAPException {
    SSLContext tls = tls(settings.authorities());
    ServerSet[] servers =
        settings.servers().stream()
            .map(uri -> server(uri, tls, options(settings), settings.timeout()))
            .toArray(ServerSet[]::new);
    // StartTLS is said per server, and by all of them or none.
    var pool =
        new LDAPConnectionPool(
            new FailoverServerSet(servers), bind(settings), 0, MAX_CONNECTIONS, null, false);
    pool.setConnectionPoolName("ldap-" + settings.name());
    pool.setMaxWaitTimeMillis(settings.timeout().toMillis());
    pool.setCreateIfNecessary(false); // beyond the most that there may be
    pool.setMaxConnectionAgeMillis(MAX_AGE_MILLIS); // so that the first server is used again
    pool.setRetryFailedOperationsDueToInvalidConnections(true);
    return pool;
  }

  private static @Nullable BindRequest bind(LdapSettings settings) throws IOException {
    if (settings.account().isEmpty()) {
      return null;
    }
    Account account = settings.account().get();
    String password = Files.readString(account.passwordFile()).strip();
    if (password.isEmpty()) {
      throw new IOException(account.passwordFile() + " is empty");
    }
    return new SimpleBindRequest(account.dn(), password.getBytes(StandardCharsets.UTF_8));
  }

  private static LDAPConnectionOptions options(LdapSettings settings) {
    var options = new LDAPConnectionOptions();
    int millis = Math.toIntExact(settings.timeout().toMillis());
    options.setConnectTimeoutMillis(millis);
    options.setResponseTimeoutMillis(millis);
    options.setUseSynchronousMode(true); // no thread per connection
    options.setFollowReferrals(false); // they could lead anywhere, with our password
    options.setMaxMessageSize(MAX_MESSAGE_BYTES);
    options.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
    return options;
  }

  private static ServerSet server(
      URI uri, SSLContext tls, LDAPConnectionOptions options, Duration timeout) {
    boolean ldaps = uri.getScheme().equals("ldaps");
    int usual = ldaps ? LDAPS_PORT : LDAP_PORT;
    return new SingleServerSet(
        uri.getHost().replaceAll("[\\[\\]]", ""),
        uri.getPort() < 0 ? usual : uri.getPort(),
        new PatientSockets(ldaps ? tls.getSocketFactory() : SocketFactory.getDefault(), timeout),
        options,
        null,
        ldaps ? null : new StartTLSPostConnectProcessor(tls));
  }

  private static SSLContext tls(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities.isEmpty() ? null : store(authorities));
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore store(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("ca-" + i, authorities.get(i));
    }
    return store;
  }
}
