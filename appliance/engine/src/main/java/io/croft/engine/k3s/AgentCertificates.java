package io.croft.engine.k3s;

import io.croft.base.LruMap;
import io.croft.base.Sha256;
import io.croft.model.Statuses;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateRequest;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.RevokedCertificate;
import io.croft.pki.ServerNames;
import java.io.IOException;
import java.net.InetAddress;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Certifies the keys of what `k3s agent` runs on a host, in the place of k3s: so they live no
/// longer than other certificates of hosts, are written down, and are taken back when the host is
/// removed or replaced. Thread-safe.
final class AgentCertificates {
  /// So many a host gets in [#WINDOW]. The same key gets the same certificate meanwhile.
  private static final int MOST = 32;

  private static final Duration WINDOW = Duration.ofHours(1);
  private static final int REMEMBERED = 4096;
  private static final int LEAST_RSA_BITS = 2048;

  private final Supplier<Pki> pki;
  private final K3sHosts.Terms terms;
  private final InstantSource clock;
  private final Map<String, List<X509Certificate>> issued = new LruMap<>(REMEMBERED);
  private final Map<String, Deque<Instant>> times = new LruMap<>(REMEMBERED);

  AgentCertificates(Supplier<Pki> pki, K3sHosts.Terms terms, InstantSource clock) {
    this.pki = pki;
    this.terms = terms;
    this.clock = clock;
  }

  /// @param what the name of the file that k3s' agent makes of it
  /// @param request PKCS#10, in DER; of what it asks for only the key counts
  /// @param addresses the host's, as it says
  /// @return the certificate and what leads from it to the root, in PEM
  /// @throws io.croft.model.StatusException when the host does not get it
  String certify(String node, String what, byte[] request, List<String> addresses) {
    Profile profile =
        switch (what) {
          case "serving-kubelet.crt" ->
              new Profile.Server(node, names(node, addresses), terms.life());
          case "client-kubelet.crt" ->
              client(HostTokens.NODE_USER + node, List.of(HostTokens.NODES_GROUP));
          case "client-kube-proxy.crt" -> client("system:kube-proxy", List.of());
          case "client-k3s-controller.crt" -> client("system:k3s-controller", List.of());
          default -> throw Statuses.noSuchResource();
        };
    CertificateAuthority authority =
        profile instanceof Profile.Server
            ? pki.get().serverAuthority()
            : pki.get().clientAuthority();
    try {
      return Pem.encode(issue(node, authority, profile, key(request)));
    } catch (PkiException | IOException e) {
      throw Statuses.serviceUnavailable("no certificate can be issued: " + e.getMessage());
    }
  }

  private Profile client(String user, List<String> groups) {
    return new Profile.Client(user, groups, terms.life());
  }

  /// Unlike k3s, without loopback addresses: whoever shows such a certificate could stand in for
  /// anything that is reached on a host itself.
  private ServerNames names(String node, List<String> addresses) {
    var names = new ArrayList<String>(addresses);
    names.add(node);
    ServerNames all;
    try {
      all = ServerNames.of(names);
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("k3s-Node-IP: " + e.getMessage());
    }
    ServerNames own = terms.own().get();
    for (String name : names) {
      if (own.dns().contains(name) || all.addresses().stream().anyMatch(a -> isTaken(a, own))) {
        throw Statuses.forbidden(
            "",
            "nodes",
            node,
            "of its name and addresses (%s) one is the appliance's; choose another one: node-ip in k3s/config.yaml of the host"
                .formatted(String.join(", ", names)));
      }
    }
    return all;
  }

  private static boolean isTaken(String address, ServerNames own) {
    InetAddress read = InetAddress.ofLiteral(address);
    return read.isLoopbackAddress()
        || read.isAnyLocalAddress()
        || read.isMulticastAddress()
        || own.addresses().contains(address);
  }

  private static PublicKey key(byte[] request) {
    PublicKey key;
    try {
      key = CertificateRequest.parse(request).publicKey();
    } catch (PkiException e) {
      throw Statuses.badRequest(String.valueOf(e.getMessage()));
    }
    boolean good =
        key instanceof ECPublicKey
            || (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= LEAST_RSA_BITS);
    if (!good) {
      throw Statuses.badRequest("the key must be of EC, or of RSA with 2048 bits or more");
    }
    return key;
  }

  private synchronized List<X509Certificate> issue(
      String node, CertificateAuthority authority, Profile profile, PublicKey key)
      throws PkiException, IOException {
    String identity =
        "%d %s %s".formatted(authority.generation(), profile, Sha256.hex(key.getEncoded()));
    List<X509Certificate> known = issued.get(identity);
    if (known != null
        && isYoung(known.getFirst())
        && !authority.registry().isRevoked(known.getFirst())) {
      return known;
    }
    requireFew(node);
    List<X509Certificate> chain = authority.issue(profile, key);
    // Whoever removes a host takes back what was issued after that: either they see this one, or
    // that is seen here.
    if (terms.hosts().key(node).isEmpty()) {
      authority.revoke(chain.getFirst(), RevokedCertificate.Reason.CESSATION_OF_OPERATION);
      throw Statuses.forbidden("", "nodes", node, "there is no such host any more");
    }
    issued.put(identity, chain);
    return chain;
  }

  private boolean isYoung(X509Certificate leaf) {
    Duration life =
        Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant());
    return clock.instant().isBefore(leaf.getNotBefore().toInstant().plus(life.dividedBy(3)));
  }

  private void requireFew(String node) {
    Instant now = clock.instant();
    Deque<Instant> recent = times.computeIfAbsent(node, _ -> new ArrayDeque<>());
    recent.removeIf(time -> !time.isAfter(now.minus(WINDOW)) || time.isAfter(now));
    if (recent.size() >= MOST) {
      throw Statuses.tooManyRequests("the host got too many certificates just now", 60);
    }
    recent.add(now);
  }
}
