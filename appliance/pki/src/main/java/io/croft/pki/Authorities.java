package io.croft.pki;

import io.croft.pki.CertificateAuthority.Issuer;
import io.croft.pki.CertificateAuthority.Surroundings;
import java.io.IOException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;

/// The authorities of all generations in force, and which of them issue at a moment.
///
/// A new generation is trusted at once, and issues when all have heard of it. A certificate for
/// servers is an exception when the root is another one: clients can be told to trust it, not made
/// to, so servers show certificates of the old root until that is superseded. Immutable.
final class Authorities {
  private final List<Member> members;
  private final Surroundings surroundings;
  private final Member issuing;
  private final Member serving;

  /// One generation as loaded.
  ///
  /// @param roots with which its servers are verified; not empty
  /// @param issuers those that it has
  record Member(
      Generation generation,
      List<X509Certificate> roots,
      Map<Purpose, Issuer> issuers,
      Map<Purpose, List<X509Certificate>> extra) {
    int number() {
      return generation.number();
    }

    X509Certificate root() {
      return roots.getFirst();
    }

    Issuer issuer(Purpose purpose) {
      Issuer found = issuers.get(purpose);
      // Generation 0 has no authority of its own for nodes.
      return found != null ? found : Objects.requireNonNull(issuers.get(Purpose.CLIENTS));
    }
  }

  private Authorities(List<Member> members, PkiConfig config, Surroundings surroundings) {
    this.members = List.copyOf(members);
    this.surroundings = surroundings;
    Instant now = surroundings.clock().instant();
    List<Member> settled =
        members.stream()
            .filter(m ->
                m.number() == members.getFirst().number()
                    || !now.isBefore(m.generation().created().plus(config.settling())))
            .toList();
    this.issuing = settled.getLast();
    X509Certificate root =
        settled.stream()
            .filter(m -> m.generation().superseded().isEmpty())
            .findFirst()
            .orElse(issuing)
            .root();
    this.serving = settled.stream().filter(m -> m.root().equals(root)).toList().getLast();
  }

  /// @param generations at least one, the oldest first
  /// @throws PkiException when a key or certificate is missing or unusable
  static Authorities load(List<Generation> generations, PkiConfig config, Surroundings surroundings)
      throws IOException, PkiException {
    var members = new ArrayList<Member>();
    for (Generation generation : generations) {
      members.add(load(generation, config.keys()));
    }
    return new Authorities(members, config, surroundings);
  }

  private static Member load(Generation generation, KeyEncoding keys)
      throws IOException, PkiException {
    var files = new PkiFiles(generation.directory(), keys);
    var issuers = new EnumMap<Purpose, Issuer>(Purpose.class);
    var extra = new EnumMap<Purpose, List<X509Certificate>>(Purpose.class);
    for (Purpose purpose : Purpose.values()) {
      String name = purpose.text();
      boolean optional = purpose == Purpose.NODES || purpose == Purpose.FRONT_PROXY;
      if (generation.isFirst() && optional && !files.exists(name)) {
        continue;
      }
      List<X509Certificate> chain =
          files.certificates(name).orElseThrow(() -> files.missing(files.certificateFile(name)));
      PrivateKey key = files.key(name).orElseThrow(() -> files.missing(files.keyFile(name)));
      files.requireMatch(name, key, chain.getFirst());
      boolean ownRoot = GenerationFiles.isSelfIssued(chain.getFirst());
      List<X509Certificate> issuer = ownRoot ? List.of(chain.getFirst()) : chain;
      issuers.put(purpose, new Issuer(generation.number(), purpose, key, issuer));
      extra.put(purpose, ownRoot ? chain.subList(1, chain.size()) : List.of());
    }
    return new Member(generation, generation.roots(), issuers, extra);
  }

  List<Member> members() {
    return members;
  }

  Member newest() {
    return members.getLast();
  }

  /// Whether the newest issues.
  boolean settled() {
    return newest().number() == issuing.number();
  }

  /// Of which generation servers show certificates.
  Member serving() {
    return serving;
  }

  /// Of which generation everyone else gets certificates.
  Member issuing() {
    return issuing;
  }

  CertificateAuthority servers() {
    SequencedSet<X509Certificate> roots = new LinkedHashSet<>(serving.roots());
    members.forEach(member -> roots.addAll(member.roots()));
    return new CertificateAuthority(
        serving.issuer(Purpose.SERVERS), List.copyOf(roots), surroundings);
  }

  /// For a purpose other than servers.
  CertificateAuthority authority(Purpose purpose) {
    SequencedSet<X509Certificate> trusted = new LinkedHashSet<>();
    trusted.add(issuing.issuer(purpose).certificate());
    for (Member member : members) {
      trusted.add(member.issuer(purpose).certificate());
      trusted.addAll(member.extra().getOrDefault(purpose, List.of()));
    }
    return new CertificateAuthority(issuing.issuer(purpose), List.copyOf(trusted), surroundings);
  }

  /// Every authority of every generation, for those who ask about its certificates.
  List<CertificateAuthority> all() {
    return members.stream()
        .flatMap(member -> member.issuers().values().stream())
        .map(
            issuer -> new CertificateAuthority(issuer, List.of(issuer.certificate()), surroundings))
        .toList();
  }
}
