package io.croft.engine.k3s;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.croft.base.Sha256;
import io.croft.base.http.HttpRequest;
import io.croft.model.Names;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.security.Authenticator;
import io.croft.security.Standing;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What `k3s agent` on a joined host logs in with until it has certificates: a token in k3s' own
/// form, `K10` with a hash of the authorities by which it knows the server, then `::node:` and a
/// password. That is good for one host with its present key, for a day, as long as the certificate
/// that it was asked for with, and for what k3s' agents ask of its servers; k3s' own token, which
/// is good for any host and for ever, stays here.
///
/// The password is `NAME.EXPIRES.SERIAL.MAC`: nothing of it is stored, as a MAC tells that it was
/// made here. Thread-safe.
final class HostTokens implements Authenticator {
  static final String NODE_USER = "system:node:";
  static final String NODES_GROUP = "system:nodes";
  private static final Duration LIFE = Duration.ofDays(1);
  private static final String USER = "node:";
  private static final String SCHEME = "Basic ";
  private static final String ALGORITHM = "HmacSHA256";

  private final Path secret;
  private final K3sHosts.Hosts hosts;
  private final Revocation revocation;
  private final InstantSource clock;

  /// Which host a token is for.
  ///
  /// @param key the fingerprint of its key
  /// @param serial of the certificate that it has asked with
  record Claim(String node, String key, BigInteger serial) {}

  /// Tells which certificates of hosts were taken back.
  @FunctionalInterface
  interface Revocation {
    boolean isRevoked(BigInteger serial) throws IOException, PkiException;
  }

  /// @param secret a file of at least 128 random bits that stays with the appliance
  HostTokens(Path secret, K3sHosts.Hosts hosts, Revocation revocation, InstantSource clock) {
    this.secret = secret;
    this.hosts = hosts;
    this.revocation = revocation;
    this.clock = clock;
  }

  /// @param end of the certificate that the host has asked with: what has expired is revoked no
  ///   more
  /// @param authorities what k3s answers as `/cacerts`
  String issue(Claim claim, Instant end, List<X509Certificate> authorities) throws IOException {
    Instant latest = clock.instant().plus(LIFE);
    long expires = (end.isBefore(latest) ? end : latest).getEpochSecond();
    return "K10%s::%s%s.%d.%x.%s"
        .formatted(
            hash(authorities), USER, claim.node(), expires, claim.serial(), mac(claim, expires));
  }

  @Override
  public Outcome authenticate(HttpRequest request) {
    String field = request.headers().first("authorization").orElse("");
    if (!HostRoutes.isFor(request.path())
        || !field.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return new Outcome.NoCredentials();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(field.substring(SCHEME.length()).strip());
      String said = new String(decoded, US_ASCII);
      String[] parts = said.substring(said.indexOf(':') + 1).split("\\.", 5);
      if (!said.startsWith(USER) || parts.length != 4 || !Names.dns1123Label(parts[0]).isEmpty()) {
        return new Outcome.Rejected("the host's token is malformed");
      }
      long expires = Long.parseLong(parts[1]);
      if (!clock.instant().isBefore(Instant.ofEpochSecond(expires))) {
        return new Outcome.Rejected("the host's token has expired");
      }
      return verified(parts[0], expires, new BigInteger(parts[2], 16), parts[3]);
    } catch (IllegalArgumentException | DateTimeException e) {
      return new Outcome.Rejected("the host's token is malformed");
    } catch (IOException | PkiException e) {
      return new Outcome.Rejected("the host's token cannot be verified: " + e);
    }
  }

  private Outcome verified(String node, long expires, BigInteger serial, String mac)
      throws IOException, PkiException {
    Optional<String> key = hosts.key(node);
    if (key.isEmpty()) {
      return new Outcome.Rejected("the host's token is of no host");
    }
    var claim = new Claim(node, key.get(), serial);
    if (!MessageDigest.isEqual(mac(claim, expires).getBytes(US_ASCII), mac.getBytes(US_ASCII))) {
      return new Outcome.Rejected("the host's token is not of this appliance");
    }
    if (revocation.isRevoked(serial)) {
      return new Outcome.Rejected("the certificate that the host's token was got with is revoked");
    }
    return new Outcome.Authenticated(
        UserInfo.of(NODE_USER + node, NODES_GROUP, UserInfo.AUTHENTICATED),
        Optional.of(Standing.of("host %s %x".formatted(node, serial), () -> stands(claim))));
  }

  private boolean stands(Claim claim) {
    try {
      return hosts.key(claim.node()).equals(Optional.of(claim.key()))
          && !revocation.isRevoked(claim.serial());
    } catch (IOException | PkiException e) {
      throw new IllegalStateException("it cannot be told whether a host's token is good still", e);
    }
  }

  private String mac(Claim claim, long expires) throws IOException {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(Files.readAllBytes(secret), ALGORITHM));
      byte[] said =
          "croft k3s agent v1\n%s\n%s\n%x\n%d"
              .formatted(claim.node(), claim.key(), claim.serial(), expires)
              .getBytes(UTF_8);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(said));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks " + ALGORITHM, e);
    }
  }

  /// As k3s' agents compute it: of the root above the first certificate; of the text, when that is
  /// the only one or has no root among the others.
  static String hash(List<X509Certificate> authorities) {
    X509Certificate first = authorities.getFirst();
    try {
      for (X509Certificate other : authorities.subList(1, authorities.size())) {
        if (first.getIssuerX500Principal().equals(other.getSubjectX500Principal())
            && other.getIssuerX500Principal().equals(other.getSubjectX500Principal())
            && signed(other, first)) {
          return Sha256.hex(other.getEncoded());
        }
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("an authority of ours has no encoding", e);
    }
    return HexFormat.of().formatHex(Sha256.of(Pem.encode(authorities).getBytes(US_ASCII)));
  }

  private static boolean signed(X509Certificate authority, X509Certificate certificate) {
    try {
      certificate.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
