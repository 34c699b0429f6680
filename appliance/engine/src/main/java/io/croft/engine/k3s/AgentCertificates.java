package io.croft.engine.k3s;

import io.croft.base.LruMap;
import io.croft.base.Sha256;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateRequest;
import io.croft.pki.Pem;
import io.croft.pki.Pki;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.RevokedCertificate;
import io.croft.pki.ServerNames;
import io.croft.security.Standing;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Certifies the keys of what `k3s agent` runs on a host, in the place of k3s: so they live no
/// longer than other certificates of hosts, are written down, and those that log in are taken back
/// when the host is removed or replaced. Thread-safe.
final class AgentCertificates {
  private static final Logger LOG = LoggerFactory.getLogger(AgentCertificates.class);

  /// So many a host gets in [#WINDOW]. The same key gets the same certificate meanwhile.
  private static final int MOST = 32;

  private static final Duration WINDOW = Duration.ofHours(1);
  private static final int REMEMBERED = 4096;
  private static final int LEAST_RSA_BITS = 2048;
  private static final int MOST_ADDRESSES = 8;

  private final Supplier<Pki> pki;
  private final K3sHosts.Terms terms;
  private final InstantSource clock;
  private final Map<String, List<X509Certificate>> issued =
      Collections.synchronizedMap(new LruMap<>(REMEMBERED));
  private final Map<String, Deque<Instant>> times = new LruMap<>(REMEMBERED);

  /// What a host asks for.
  ///
  /// @param what the name of the file that k3s' agent makes of it
  /// @param request PKCS#10, in DER; of what it says only the key counts
  /// @param addresses the host's
  /// @param standing what lets it ask
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Asked(String node, String what, byte[] request, Addresses addresses, Standing standing) {}

  /// @param from where the host asks from
  /// @param said what it says that it has
  record Addresses(String from, List<String> said) {}

  AgentCertificates(Supplier<Pki> pki, K3sHosts.Terms terms, InstantSource clock) {
    this.pki = pki;
    this.terms = terms;
    this.clock = clock;
  }

  /// @return the certificate and what leads from it to the root, in PEM
  /// @throws StatusException when the host does not get it
  String certify(Asked asked) {
    Profile profile =
        switch (asked.what()) {
          case "serving-kubelet.crt" ->
              new Profile.Server(asked.node(), names(asked), terms.life());
          case "client-kubelet.crt" ->
              client(asked, HostTokens.NODE_USER + asked.node(), HostTokens.NODES_GROUP);
          case "client-kube-proxy.crt" -> client(asked, "system:kube-proxy");
          case "client-k3s-controller.crt" -> client(asked, "system:k3s-controller");
          default -> throw Statuses.noSuchResource();
        };
    CertificateAuthority authority =
        profile instanceof Profile.Server
            ? pki.get().serverAuthority()
            : pki.get().clientAuthority();
    try {
      return Pem.encode(issue(asked, authority, profile, key(asked.request())));
    } catch (PkiException | IOException e) {
      throw Statuses.serviceUnavailable("no certificate can be issued: " + e.getMessage());
    }
  }

  /// With a group by which it is found when the host is removed, also where the user is the same on
  /// all hosts.
  private Profile client(Asked asked, String user, String... groups) {
    var all = new ArrayList<>(List.of(groups));
    all.add(terms.group() + asked.node());
    return new Profile.Client(user, all, terms.life());
  }

  /// Unlike k3s, without loopback addresses: whoever shows such a certificate could stand in for
  /// anything that is reached on a host itself.
  private ServerNames names(Asked asked) {
    List<String> said = asked.addresses().said();
    if (said.size() > MOST_ADDRESSES) {
      throw Statuses.badRequest("k3s-Node-IP: at most %d addresses".formatted(MOST_ADDRESSES));
    }
    var names = new ArrayList<>(said);
    names.add(asked.node());
    ServerNames all;
    try {
      all = ServerNames.of(names);
    } catch (IllegalArgumentException e) {
      throw Statuses.badRequest("k3s-Node-IP: " + e.getMessage());
    }
    if (!all.dns().equals(Set.of(asked.node()))) {
      throw Statuses.badRequest("k3s-Node-IP: addresses only");
    }
    ServerNames own = terms.own().get();
    // What has no dot is matched by no wildcard.
    if (own.dns().contains(asked.node()) || asked.node().contains(".")) {
      throw refused(asked, "name " + asked.node(), "the appliance's");
    }
    List<String> good = new ArrayList<>(all.dns());
    for (String address : all.addresses()) {
      InetAddress read = InetAddress.ofLiteral(address);
      if (read.isLoopbackAddress() || read.isAnyLocalAddress() || read.isMulticastAddress()) {
        throw refused(asked, "address " + address, "no address of a host");
      }
      if (own.addresses().contains(address)) {
        throw refused(asked, "address " + address, "the appliance's");
      }
      if (isIts(asked, address, read)) {
        good.add(address);
      }
    }
    return ServerNames.of(good);
  }

  /// What others say to have is no reason to refuse a host: it could be kept from work by that.
  private boolean isIts(Asked asked, String address, InetAddress read) {
    boolean its =
        address.equals(asked.addresses().from()) || !terms.hosts().isOfAnother(asked.node(), read);
    if (!its) {
      LOG.atWarn()
          .addKeyValue("node", asked.node())
          .addKeyValue("address", address)
          .log("A kubelet is not certified for an address that another node has");
    }
    return its;
  }

  private static StatusException refused(Asked asked, String what, String why) {
    return Statuses.forbidden(
        "",
        "nodes",
        asked.node(),
        "the host's %s is %s; choose another address: node-ip in k3s/config.yaml of the host"
            .formatted(what, why));
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

  private List<X509Certificate> issue(
      Asked asked, CertificateAuthority authority, Profile profile, PublicKey key)
      throws PkiException, IOException {
    String identity =
        Sha256.hex(
            "%d %s %s"
                .formatted(authority.generation(), profile, Sha256.hex(key.getEncoded()))
                .getBytes(StandardCharsets.UTF_8));
    List<X509Certificate> known = issued.get(identity);
    if (known != null
        && isYoung(known.getFirst())
        && !authority.registry().isRevoked(known.getFirst())) {
      return known;
    }
    Instant counted = requireFew(asked.node());
    List<X509Certificate> chain;
    try {
      chain = authority.issue(profile, key);
    } catch (PkiException e) {
      discount(asked.node(), counted); // a full disk is no reason to refuse it for an hour
      throw e;
    }
    // Whoever removes or replaces a host takes back what was issued before: either they see this
    // one, or that is seen here.
    if (terms.hosts().key(asked.node()).isEmpty() || !asked.standing().holds()) {
      authority.revoke(chain.getFirst(), RevokedCertificate.Reason.CESSATION_OF_OPERATION);
      throw Statuses.forbidden("", "nodes", asked.node(), "there is no such host any more");
    }
    issued.put(identity, chain);
    return chain;
  }

  private boolean isYoung(X509Certificate leaf) {
    Duration life =
        Duration.between(leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant());
    return clock.instant().isBefore(leaf.getNotBefore().toInstant().plus(life.dividedBy(3)));
  }

  private synchronized Instant requireFew(String node) {
    Instant now = clock.instant();
    Deque<Instant> recent = times.computeIfAbsent(node, _ -> new ArrayDeque<>());
    recent.removeIf(time -> !time.isAfter(now.minus(WINDOW)) || time.isAfter(now));
    if (recent.size() >= MOST) {
      throw Statuses.tooManyRequests("the host got too many certificates just now", 60);
    }
    recent.add(now);
    return now;
  }

  private synchronized void discount(String node, Instant counted) {
    times.computeIfAbsent(node, _ -> new ArrayDeque<>()).remove(counted);
  }
}
