package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what [PkiBootstrap] made, and issues leaves where they are missing or due.
record PkiLoader(PkiFiles files, InstantSource clock) {
  private static final Logger LOG = LoggerFactory.getLogger(PkiLoader.class);
  private static final Duration LEAF_TTL = Duration.ofDays(365);

  Pki open(ServerNames names) throws IOException, PkiException {
    CertificateAuthority servers = authority(PkiFiles.SERVER_AUTHORITY);
    CertificateAuthority clients = authority(PkiFiles.CLIENT_AUTHORITY);
    var serverProfile = new Profile.Server("croft", names, LEAF_TTL);
    var adminProfile = new Profile.Client("kubernetes-admin", List.of("system:masters"), LEAF_TTL);
    return new Pki(
        servers,
        clients,
        leafOrIssue(PkiFiles.SERVER, servers, serverProfile),
        leafOrIssue(PkiFiles.ADMIN, clients, adminProfile),
        serviceAccountKeys());
  }

  Pki read() throws IOException, PkiException {
    return new Pki(
        authority(PkiFiles.SERVER_AUTHORITY),
        authority(PkiFiles.CLIENT_AUTHORITY),
        leaf(PkiFiles.SERVER),
        leaf(PkiFiles.ADMIN),
        serviceAccountKeys());
  }

  FrontProxy frontProxy(String commonName) throws IOException, PkiException {
    CertificateAuthority authority = authority(PkiFiles.FRONT_PROXY_AUTHORITY);
    var profile = new Profile.Client(commonName, List.of(), LEAF_TTL);
    return new FrontProxy(authority, leafOrIssue(PkiFiles.FRONT_PROXY, authority, profile));
  }

  FrontProxy readFrontProxy() throws IOException, PkiException {
    return new FrontProxy(authority(PkiFiles.FRONT_PROXY_AUTHORITY), leaf(PkiFiles.FRONT_PROXY));
  }

  private CertificateAuthority authority(String name) throws IOException, PkiException {
    List<X509Certificate> trusted =
        files.certificates(name).orElseThrow(() -> missing(files.certificateFile(name)));
    PrivateKey key = files.key(name).orElseThrow(() -> missing(files.keyFile(name)));
    requireMatch(name, key, trusted.getFirst());
    return new CertificateAuthority(key, trusted, clock);
  }

  private KeyPair serviceAccountKeys() throws IOException, PkiException {
    String name = PkiFiles.SERVICE_ACCOUNTS;
    PrivateKey key = files.key(name).orElseThrow(() -> missing(files.keyFile(name)));
    Optional<PublicKey> publicKey = files.publicKey(name);
    return publicKey.isPresent() ? new KeyPair(publicKey.get(), key) : KeyPairs.of(key);
  }

  private Identity leaf(String name) throws IOException, PkiException {
    PrivateKey key = files.key(name).orElseThrow(() -> missing(files.keyFile(name)));
    List<X509Certificate> chain =
        files.certificates(name).orElseThrow(() -> missing(files.certificateFile(name)));
    requireMatch(name, key, chain.getFirst());
    return new Identity(key, chain);
  }

  private Identity leafOrIssue(String name, CertificateAuthority authority, Profile profile)
      throws IOException, PkiException {
    Optional<PrivateKey> survivor = files.key(name);
    if (survivor.isEmpty()) {
      KeyPair pair = KeyPairs.generate();
      files.writeKey(name, pair.getPrivate());
      return issue(name, authority, profile, pair, "no key");
    }
    PrivateKey key = survivor.get();
    List<X509Certificate> chain = readableChain(name);
    String reason = reasonToIssue(chain, key, authority, profile);
    return reason.isEmpty()
        ? new Identity(key, chain)
        : issue(name, authority, profile, KeyPairs.of(key), reason);
  }

  private Identity issue(
      String name, CertificateAuthority authority, Profile profile, KeyPair pair, String reason)
      throws IOException, PkiException {
    X509Certificate certificate = authority.issue(profile, pair.getPublic());
    files.writeCertificates(name, List.of(certificate));
    LOG.atInfo()
        .addKeyValue("certificate", name)
        .addKeyValue("reason", reason)
        .addKeyValue("notAfter", certificate.getNotAfter().toInstant())
        .log("Issued a certificate");
    return new Identity(pair.getPrivate(), List.of(certificate));
  }

  /// A leaf's certificate can be made again at any time, so one that is garbled counts as missing.
  private List<X509Certificate> readableChain(String name) throws IOException {
    try {
      return files.certificates(name).orElse(List.of());
    } catch (PkiException e) {
      LOG.atWarn().addKeyValue("error", e.getMessage()).log("A certificate is issued anew");
      return List.of();
    }
  }

  /// Empty when the chain may stay in use.
  private String reasonToIssue(
      List<X509Certificate> chain,
      PrivateKey key,
      CertificateAuthority authority,
      Profile profile) {
    if (chain.isEmpty()) {
      return "no certificate";
    }
    X509Certificate leaf = chain.getFirst();
    if (!KeyPairs.match(key, leaf.getPublicKey())) {
      return "not made for the key";
    }
    if (!authority.issued(leaf)) {
      return "not issued by the present authority";
    }
    if (twoThirdsOver(leaf)) {
      return "two thirds of its life are over";
    }
    if (profile instanceof Profile.Server server && !server.names().equals(names(leaf))) {
      return "the names have changed";
    }
    return "";
  }

  private boolean twoThirdsOver(X509Certificate certificate) {
    Instant begin = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(begin, certificate.getNotAfter().toInstant());
    return !clock.instant().isBefore(begin.plus(life.multipliedBy(2).dividedBy(3)));
  }

  private static ServerNames names(X509Certificate certificate) {
    var names = new ArrayList<String>();
    try {
      var alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        alternatives.forEach(pair -> names.add(String.valueOf(pair.get(1))));
      }
      return ServerNames.of(names);
    } catch (CertificateParsingException | IllegalArgumentException e) {
      return ServerNames.of(List.of()); // not one of ours; differs from any that is wanted
    }
  }

  private void requireMatch(String name, PrivateKey key, X509Certificate certificate)
      throws PkiException {
    if (!KeyPairs.match(key, certificate.getPublicKey())) {
      throw new PkiException(
          "%s does not belong to %s; put the pair back from a backup"
              .formatted(files.keyFile(name), files.certificateFile(name)));
    }
  }

  private PkiException missing(Path file) {
    return new PkiException(
        "%s is missing; put it back from a backup. It is not made anew, because whoever trusts the old one would be cut off (to give up all of them, remove %s)"
            .formatted(file, files.directory()));
  }
}
