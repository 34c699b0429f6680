package io.croft.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what [PkiBootstrap] and [Rotation] made, and issues leaves where they are missing or due.
final class PkiLoader {
  private static final Logger LOG = LoggerFactory.getLogger(PkiLoader.class);

  private final PkiFiles files;
  private final PkiConfig config;
  private final InstantSource clock;
  private final Registry registry;
  private final Generations generations;

  PkiLoader(Path directory, PkiConfig config, InstantSource clock) {
    this.files = new PkiFiles(directory, config.keys());
    this.config = config;
    this.clock = clock;
    this.registry = new Registry(directory);
    this.generations = new Generations(directory);
  }

  Pki open(ServerNames names) throws IOException, PkiException {
    registry.begin(clock.instant());
    generations.finishRetirement();
    clearUp();
    encodeAsConfigured();
    addFrontProxyToFirst();
    Authorities before = load();
    new Rotation(generations, config, registry, clock).advance(before);
    registry.clear(clock.instant());
    Authorities now = load();
    var ttl = config.lives().leaf();
    CertificateAuthority clients = now.authority(Purpose.CLIENTS);
    CertificateAuthority proxies = now.authority(Purpose.FRONT_PROXY);
    var server = new Profile.Server("croft", names, ttl);
    var admin = new Profile.Client("kubernetes-admin", List.of("system:masters"), ttl);
    var proxy = new Profile.Client(FrontProxy.NAME, List.of(), ttl);
    return pki(
        now,
        leafOrIssue(PkiFiles.SERVER, now.servers(), server),
        leafOrIssue(PkiFiles.ADMIN, clients, admin),
        leafOrIssue(PkiFiles.FRONT_PROXY, proxies, proxy));
  }

  Pki read() throws IOException, PkiException {
    return pki(
        load(),
        files.identity(PkiFiles.SERVER),
        files.identity(PkiFiles.ADMIN),
        files.identity(PkiFiles.FRONT_PROXY));
  }

  private Pki pki(Authorities authorities, Identity server, Identity admin, Identity proxy)
      throws IOException, PkiException {
    return new Pki(
        authorities.servers(),
        authorities.authority(Purpose.CLIENTS),
        authorities.authority(Purpose.NODES),
        new FrontProxy(authorities.authority(Purpose.FRONT_PROXY), proxy),
        server,
        admin,
        serviceAccountKeys(),
        authorities.all(),
        registry);
  }

  /// No key is to be where [#encodeAsConfigured] does not look, or readable by others.
  private void clearUp() throws IOException, PkiException {
    try (var _ = PkiLock.take(files.directory())) {
      generations.removeUnfinished();
      for (PkiFiles place : places()) {
        place.removeUnfinishedKeys();
        place.narrowKeys();
      }
      for (Path retired : generations.retiredPlaces()) {
        var place = new PkiFiles(retired, config.keys());
        place.removeUnfinishedKeys();
        place.narrowKeys();
      }
    }
  }

  /// Where the keys are that are in use.
  private List<PkiFiles> places() throws IOException, PkiException {
    var places = new ArrayList<PkiFiles>();
    places.add(files);
    for (Generation generation : generations.active()) {
      if (!generation.isFirst()) {
        places.add(new PkiFiles(generation.directory(), config.keys()));
      }
    }
    return places;
  }

  /// Writes those keys anew that are encrypted and should not be, or the other way round. Each that
  /// is needed is read first, so that a wrong passphrase changes nothing.
  private void encodeAsConfigured() throws IOException, PkiException {
    List<PkiFiles> places = places();
    for (PkiFiles place : places) {
      place.checkKeys();
    }
    for (PkiFiles place : places) {
      place.encodeKeys();
    }
    for (Path retired : generations.retiredPlaces()) {
      new PkiFiles(retired, config.keys()).encodeReadableKeys();
    }
  }

  private Authorities load() throws IOException, PkiException {
    List<Generation> active = generations.active();
    if (active.isEmpty()) {
      throw files.missing(files.directory().resolve("authorities"));
    }
    var surroundings = new CertificateAuthority.Surroundings(registry, config.publicUrl(), clock);
    return Authorities.load(active, config, surroundings);
  }

  /// The oldest data directories were made before there was one.
  private void addFrontProxyToFirst() throws IOException, PkiException {
    String name = Purpose.FRONT_PROXY.text();
    List<Generation> active = generations.active();
    if (active.stream().anyMatch(Generation::isFirst) && !files.exists(name)) {
      RootKey root = RootKey.make(clock.instant(), config.lives().root());
      files.writeKey(name, root.key());
      files.writeCertificates(name, root.chain());
    }
  }

  private KeyPair serviceAccountKeys() throws IOException, PkiException {
    String name = PkiFiles.SERVICE_ACCOUNTS;
    PrivateKey key = files.key(name).orElseThrow(() -> files.missing(files.keyFile(name)));
    Optional<PublicKey> publicKey = files.publicKey(name);
    return publicKey.isPresent() ? new KeyPair(publicKey.get(), key) : KeyPairs.of(key);
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
    if (!chain.isEmpty() && registry.isRevoked(chain.getFirst())) {
      KeyPair pair = KeyPairs.generate();
      files.writeKey(name, pair.getPrivate());
      return issue(name, authority, profile, pair, "it was revoked");
    }
    String reason = reasonToIssue(chain, key, authority, profile);
    return reason.isEmpty()
        ? new Identity(key, chain)
        : issue(name, authority, profile, KeyPairs.of(key), reason);
  }

  private Identity issue(
      String name, CertificateAuthority authority, Profile profile, KeyPair pair, String reason)
      throws IOException, PkiException {
    List<X509Certificate> chain = authority.issue(profile, pair.getPublic());
    files.writeCertificates(name, chain);
    LOG.atInfo()
        .addKeyValue("certificate", name)
        .addKeyValue("reason", reason)
        .addKeyValue("notAfter", chain.getFirst().getNotAfter().toInstant())
        .log("Issued a certificate");
    return new Identity(pair.getPrivate(), chain);
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
    if (Renewal.isDue(leaf, clock.instant())) {
      return "two thirds of its life are over";
    }
    if (profile instanceof Profile.Server server && !server.names().equals(names(leaf))) {
      return "the names have changed";
    }
    return "";
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
}
