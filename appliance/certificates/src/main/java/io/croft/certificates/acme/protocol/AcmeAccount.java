package io.croft.certificates.acme.protocol;

import io.croft.base.Sha256;
import io.croft.certificates.acme.protocol.AcmeProblem.Kind;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Certificate;
import org.shredzone.acme4j.Identifier;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.OrderBuilder;
import org.shredzone.acme4j.RenewalInfo;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeNotSupportedException;
import org.shredzone.acme4j.exception.AcmeUnauthorizedException;
import org.shredzone.acme4j.toolbox.AcmeUtils;
import org.shredzone.acme4j.toolbox.JoseUtils;

/// What an account can ask of its server. Every call is one request or a few; none waits for the
/// server to get something done.
public final class AcmeAccount {
  private static final Set<Status> OVER =
      Set.of(Status.VALID, Status.INVALID, Status.REVOKED, Status.DEACTIVATED, Status.EXPIRED);

  private final Login login;
  private final KeyPair key;

  AcmeAccount(Login login, KeyPair key) {
    this.login = login;
    this.key = key;
  }

  /// What to order.
  ///
  /// @param notAfter null to leave it to the server
  /// @param profile empty for the server's usual one
  /// @param replaces see [#certificateId]; empty for none
  public record Wish(
      List<String> dnsNames,
      List<String> ipAddresses,
      @Nullable Instant notAfter,
      String profile,
      String replaces) {
    public Wish {
      dnsNames = List.copyOf(dnsNames);
      ipAddresses = List.copyOf(ipAddresses);
    }
  }

  /// What a challenge of the type `http-01` has to be answered (RFC 8555, 8.1).
  public String keyAuthorization(String token) {
    String thumbprint = AcmeUtils.base64UrlEncode(JoseUtils.thumbprint(key.getPublic()));
    return token + "." + thumbprint;
  }

  /// What the TXT record for a challenge of the type `dns-01` holds (RFC 8555, 8.4).
  public String dnsValue(String token) {
    byte[] text = keyAuthorization(token).getBytes(StandardCharsets.US_ASCII);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(text));
  }

  /// The name of a certificate in orders that replace it (RFC 9773, 4.1); empty when it has none.
  public static String certificateId(X509Certificate certificate) {
    try {
      return AcmeUtils.getRenewalUniqueIdentifier(certificate);
    } catch (RuntimeException e) { // it does not name its authority's key
      return "";
    }
  }

  /// When the server would have a certificate renewed; empty when it gives no such advice.
  public Optional<RenewalAdvice> renewalAdvice(X509Certificate certificate) throws AcmeProblem {
    return AcmeCalls.of(() -> {
      try {
        RenewalInfo info = login.bindRenewalInfo(certificate);
        Optional<Instant> askAgain = info.fetch();
        return Optional.of(
            new RenewalAdvice(
                info.getSuggestedWindowStart(),
                info.getSuggestedWindowEnd(),
                info.getExplanation().map(URL::toString).orElse(""),
                askAgain));
      } catch (AcmeNotSupportedException e) {
        return Optional.empty();
      }
    });
  }

  /// Orders. A server that does not want to hear what is replaced is asked without.
  public AcmeOrder newOrder(Wish wish) throws AcmeProblem {
    try {
      return create(wish, wish.replaces());
    } catch (AcmeProblem e) {
      if (e.kind() == Kind.REFUSED && !wish.replaces().isEmpty()) {
        return create(wish, "");
      }
      throw e;
    }
  }

  private AcmeOrder create(Wish wish, String replaces) throws AcmeProblem {
    try {
      return ordered(wish, replaces);
    } catch (AcmeProblem e) {
      // Who may not order anything has been locked out (RFC 8555, 7.3.6).
      throw e.getCause() instanceof AcmeUnauthorizedException
          ? new AcmeProblem(Kind.ACCOUNT, String.valueOf(e.getMessage()), null, e)
          : e;
    }
  }

  private AcmeOrder ordered(Wish wish, String replaces) throws AcmeProblem {
    return AcmeCalls.of(() -> {
      OrderBuilder builder = login.newOrder().domains(wish.dnsNames());
      wish.ipAddresses().forEach(address -> builder.identifier(Identifier.ip(address)));
      if (wish.notAfter() != null) {
        builder.notAfter(wish.notAfter());
      }
      if (!wish.profile().isEmpty()) {
        builder.profile(wish.profile());
      }
      if (!replaces.isEmpty()) {
        builder.replaces(replaces);
      }
      return view(builder.create());
    });
  }

  public AcmeOrder order(String url) throws AcmeProblem {
    return AcmeCalls.of(() -> view(fetched(url)));
  }

  private Order fetched(String url) throws AcmeException {
    Order order = login.bindOrder(AcmeCalls.url(url));
    order.fetch();
    return order;
  }

  private static AcmeOrder view(Order order) {
    return new AcmeOrder(
        order.getLocation().toString(),
        text(order.getStatus()),
        order.getFinalizeLocation().toString(),
        order.getAuthorizations().stream().map(a -> a.getLocation().toString()).toList(),
        order.getError().map(AcmeCalls::described).orElse(""),
        order.getRetryAfter().orElse(null));
  }

  private static String text(Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  public AcmeAuthorization authorization(String url) throws AcmeProblem {
    return AcmeCalls.of(() -> view(authorized(url)));
  }

  private Authorization authorized(String url) throws AcmeException {
    Authorization authorization = login.bindAuthorization(AcmeCalls.url(url));
    authorization.fetch();
    return authorization;
  }

  private static AcmeAuthorization view(Authorization authorization) {
    var challenges = new ArrayList<AcmeAuthorization.Challenge>();
    for (Challenge challenge : authorization.getChallenges()) {
      challenges.add(
          new AcmeAuthorization.Challenge(
              challenge.getLocation().toString(),
              challenge.getType(),
              challenge.getJSON().get("token").map(token -> token.asString()).orElse(""),
              text(challenge.getStatus()),
              challenge.getError().map(AcmeCalls::described).orElse("")));
    }
    return new AcmeAuthorization(
        authorization.getIdentifier().getValue(),
        authorization.isWildcard(),
        text(authorization.getStatus()),
        challenges,
        authorization.getRetryAfter().orElse(null));
  }

  /// Has the server look at what was presented. Nothing happens when it has looked already.
  public void accept(String authorizationUrl, String challengeUrl) throws AcmeProblem {
    AcmeCalls.of(() -> {
      Authorization authorization = authorized(authorizationUrl);
      if (OVER.contains(authorization.getStatus())) {
        return true;
      }
      for (Challenge challenge : authorization.getChallenges()) {
        if (challenge.getLocation().toString().equals(challengeUrl)) {
          if (challenge.getStatus() == Status.PENDING) {
            challenge.trigger();
          }
          return true;
        }
      }
      throw new IllegalStateException("the authorization has no such challenge");
    });
  }

  /// Has the certificate made.
  ///
  /// @param request a certificate request in DER
  public AcmeOrder finish(String orderUrl, byte[] request) throws AcmeProblem {
    return AcmeCalls.of(() -> {
      Order order = fetched(orderUrl);
      if (order.getStatus() == Status.READY) {
        order.execute(request);
        order.fetch();
      }
      return view(order);
    });
  }

  /// The certificate of an order that is valid, and the chain above it: of several the first whose
  /// top was issued by the preferred name, else the server's usual one.
  ///
  /// @param preferred the common name of an authority; may be empty
  public List<X509Certificate> certificate(String orderUrl, String preferred) throws AcmeProblem {
    return AcmeCalls.of(() -> {
      Certificate usual = fetched(orderUrl).getCertificate();
      usual.download();
      if (preferred.isEmpty() || issuedBy(usual, preferred)) {
        return usual.getCertificateChain();
      }
      for (Certificate other : usual.getAlternateCertificates()) {
        other.download();
        if (issuedBy(other, preferred)) {
          return other.getCertificateChain();
        }
      }
      return usual.getCertificateChain();
    });
  }

  private static boolean issuedBy(Certificate chain, String commonName) {
    X500Principal top = chain.getCertificateChain().getLast().getIssuerX500Principal();
    try {
      return new LdapName(top.getName())
          .getRdns().stream()
              .anyMatch(r ->
                  r.getType().equalsIgnoreCase("CN") && commonName.equals(r.getValue().toString()));
    } catch (InvalidNameException e) {
      return false;
    }
  }
}
