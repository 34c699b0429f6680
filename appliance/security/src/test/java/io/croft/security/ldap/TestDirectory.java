package io.croft.security.ldap;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.listener.interceptor.InMemoryInterceptedSearchRequest;
import com.unboundid.ldap.listener.interceptor.InMemoryOperationInterceptor;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.ResultCode;
import io.croft.pki.Identity;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// A directory in this process, with people and groups, over TLS.
final class TestDirectory implements AutoCloseable {
  static final String BASE = "dc=example,dc=com";
  static final String ACCOUNT = "cn=croft," + BASE;
  static final String ACCOUNT_PASSWORD = "account password";

  final InMemoryDirectoryServer server;

  /// The filters of all searches.
  final List<String> filters = new CopyOnWriteArrayList<>();

  /// When not null, what every search is answered with.
  volatile ResultCode failure;

  TestDirectory(Identity identity) throws Exception {
    SSLContext tls = tls(identity);
    var config = new InMemoryDirectoryServerConfig(BASE);
    config.setSchema(null); // attributes of every kind of directory
    config.setListenerConfigs(
        InMemoryListenerConfig.createLDAPConfig(
            "ldap", InetAddress.getLoopbackAddress(), 0, tls.getSocketFactory()),
        InMemoryListenerConfig.createLDAPSConfig(
            "ldaps",
            InetAddress.getLoopbackAddress(),
            0,
            tls.getServerSocketFactory(),
            tls.getSocketFactory()));
    config.setAuthenticationRequiredOperationTypes(com.unboundid.ldap.sdk.OperationType.SEARCH);
    config.addInMemoryOperationInterceptor(
        new InMemoryOperationInterceptor() {
          @Override
          public void processSearchRequest(InMemoryInterceptedSearchRequest request)
              throws LDAPException {
            filters.add(request.getRequest().getFilter().toString());
            ResultCode code = failure;
            if (code != null) {
              throw new LDAPException(code, "as the test wants it");
            }
          }
        });
    server = new InMemoryDirectoryServer(config);
    server.add("dn: " + BASE, "objectClass: domain", "dc: example");
    server.add("dn: ou=people," + BASE, "objectClass: organizationalUnit", "ou: people");
    server.add("dn: ou=groups," + BASE, "objectClass: organizationalUnit", "ou: groups");
    server.add(
        "dn: " + ACCOUNT,
        "objectClass: person",
        "cn: croft",
        "sn: croft",
        "userPassword: " + ACCOUNT_PASSWORD);
    server.startListening();
  }

  private static SSLContext tls(Identity identity) throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", identity.key(), new char[0], identity.chain().toArray(Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, new char[0]);
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    return tls;
  }

  void person(String uid, String password, String... more) throws Exception {
    var lines = new java.util.ArrayList<String>();
    lines.add("dn: uid=" + uid + ",ou=people," + BASE);
    lines.addAll(
        List.of(
            "objectClass: inetOrgPerson",
            "uid: " + uid,
            "cn: Person " + uid,
            "sn: " + uid,
            "mail: " + uid + "@example.com",
            "id: id-of-" + uid,
            "userPassword: " + password));
    lines.addAll(List.of(more));
    server.add(lines.toArray(String[]::new));
  }

  /// @param members distinguished names
  void group(String cn, String... members) throws Exception {
    var lines = new java.util.ArrayList<String>();
    lines.add("dn: " + dnOfGroup(cn));
    lines.addAll(List.of("objectClass: groupOfNames", "cn: " + cn));
    for (String member : members) {
      lines.add("member: " + member);
    }
    server.add(lines.toArray(String[]::new));
  }

  static String dnOf(String uid) {
    return "uid=" + uid + ",ou=people," + BASE;
  }

  static String dnOfGroup(String cn) {
    return "cn=" + cn + ",ou=groups," + BASE;
  }

  String ldaps() {
    return "ldaps://localhost:" + server.getListenPort("ldaps");
  }

  String startTls() {
    return "ldap://localhost:" + server.getListenPort("ldap");
  }

  @Override
  public void close() {
    server.shutDown(true);
  }
}
