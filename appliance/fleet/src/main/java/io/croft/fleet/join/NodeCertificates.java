package io.croft.fleet.join;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.proof.Transcript;
import io.croft.model.ApiObject;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.CertificateRequest;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.Profile;
import io.croft.pki.RevokedCertificate;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The signer `fleet.croft.io/node`: approves and signs what a host asks for that has joined, or is
/// joining with a token, for its own name and the key that it is known by; denies all else.
final class NodeCertificates implements Reconciler {
  private static final Set<String> USAGES =
      Set.of("client auth", "digital signature", "key encipherment");
  private static final Duration MIN_LIFE = Duration.ofMinutes(10);

  /// How soon it is looked again whether the certificates of the key before are taken back.
  private static final Duration SOON = Duration.ofMillis(50);

  private final ApiClient client;
  private final Supplier<CertificateAuthority> authority;
  private final HostCertificates certificates;
  private final Duration life;
  private final InstantSource clock;

  /// @param authority issues what clients log in with
  /// @param life of certificates, unless less is asked for
  NodeCertificates(
      ApiClient client,
      Supplier<CertificateAuthority> authority,
      HostCertificates certificates,
      Duration life,
      InstantSource clock) {
    this.client = client;
    this.authority = authority;
    this.certificates = certificates;
    this.life = life;
    this.clock = clock;
  }

  @Override
  public Result reconcile(Request request) {
    Optional<ApiObject> found = client.find(FleetKinds.SIGNING_REQUESTS, "", request.name());
    if (found.isEmpty()
        || !found.get().json().path("spec").path("signerName").asText().equals(FleetKinds.SIGNER)
        || !found.get().json().path("status").path("certificate").asText("").isEmpty()) {
      return Result.DONE;
    }
    ApiObject csr = found.get();
    Set<String> decided = conditions(csr);
    if (decided.contains("Denied") || decided.contains("Failed")) {
      return Result.DONE;
    }
    try {
      var asked = CertificateRequest.parse(decoded(csr));
      ApiObject machine = machine(asked);
      String by = require(csr, asked, machine);
      if (machine.annotations().containsKey(FleetKinds.REPLACED)) {
        return Result.after(SOON);
      }
      if (!decided.contains("Approved")) {
        if (certificates.areTooMany(machine.name())) {
          throw new IllegalArgumentException("the host got too many certificates just now");
        }
        csr = decide(csr, "Approved", by);
      }
      sign(csr, asked);
    } catch (PkiException | IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      if (conditions(csr).contains("Approved")) {
        client.updateStatus(FleetKinds.SIGNING_REQUESTS, withCondition(csr, "Failed", message));
      } else {
        decide(csr, "Denied", message);
      }
    }
    return Result.DONE;
  }

  private static Set<String> conditions(ApiObject csr) {
    var types = new HashSet<String>();
    csr.json().path("status").path("conditions").forEach(c -> types.add(c.path("type").asText()));
    return types;
  }

  private static String decoded(ApiObject csr) {
    String base64 = csr.json().path("spec").path("request").asText("");
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  /// @throws IllegalArgumentException when there is no host of the name and the key asked for
  private ApiObject machine(CertificateRequest asked) {
    NodeRequest.requireSubject(asked);
    return client
        .find(FleetKinds.MACHINES, "", asked.commonName().substring(FleetKinds.NODE_USER.length()))
        .filter(m -> m.deletionTimestamp() == null)
        .filter(m -> Machines.key(m).equals(Transcript.fingerprint(asked.publicKey())))
        .orElseThrow(() -> new IllegalArgumentException("no host of this name and key has joined"));
  }

  /// @return by whose word it is approved
  /// @throws IllegalArgumentException when it is not to be approved
  private static String require(ApiObject csr, CertificateRequest asked, ApiObject machine) {
    JsonNode spec = csr.json().path("spec");
    for (JsonNode usage : spec.path("usages")) {
      if (!USAGES.contains(usage.asText())) {
        throw new IllegalArgumentException("usages: a host only logs in (client auth)");
      }
    }
    String user = asked.commonName();
    String requester = spec.path("username").asText();
    String token = machine.json().path("spec").path("token").asText("");
    if (requester.equals(user) && isMember(spec, FleetKinds.NODES_GROUP)) {
      return "asked for by the host itself";
    }
    if (requester.equals(FleetKinds.JOINING_USER + token)
        && isMember(spec, FleetKinds.JOINING_GROUP)) {
      return "joined with the token " + token;
    }
    throw new IllegalArgumentException(
        "only the host itself may ask for its certificate, not " + requester);
  }

  private static boolean isMember(JsonNode spec, String group) {
    for (JsonNode one : spec.path("groups")) {
      if (one.asText().equals(group)) {
        return true;
      }
    }
    return false;
  }

  private ApiObject decide(ApiObject csr, String type, String message) {
    return client.updateSubresource(
        FleetKinds.SIGNING_REQUESTS, withCondition(csr, type, message), "approval");
  }

  private ApiObject withCondition(ApiObject csr, String type, String message) {
    ApiObject decided = csr.copy();
    String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    status(decided)
        .withArray("conditions")
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("reason", "Fleet" + type)
        .put("message", message)
        .put("lastUpdateTime", now)
        .put("lastTransitionTime", now);
    return decided;
  }

  /// Whoever removes or replaces a host changes its machine first and then takes back what was
  /// issued. So either they see this certificate, or the change is seen here.
  private void sign(ApiObject csr, CertificateRequest asked) throws PkiException {
    var profile = new Profile.Client(asked.commonName(), asked.organizations(), life(csr.json()));
    CertificateAuthority issuer = authority.get();
    List<X509Certificate> chain = issuer.issue(profile, asked.publicKey());
    try {
      machine(asked);
    } catch (IllegalArgumentException e) {
      issuer.revoke(chain.getFirst(), RevokedCertificate.Reason.CESSATION_OF_OPERATION);
      throw e;
    }
    byte[] pem = Pem.encode(chain).getBytes(StandardCharsets.US_ASCII);
    ApiObject signed = csr.copy();
    status(signed).put("certificate", Base64.getEncoder().encodeToString(pem));
    client.updateStatus(FleetKinds.SIGNING_REQUESTS, signed);
  }

  private static ObjectNode status(ApiObject csr) {
    return csr.json().get("status") instanceof ObjectNode there
        ? there
        : csr.json().putObject("status");
  }

  private Duration life(JsonNode csr) {
    JsonNode seconds = csr.path("spec").path("expirationSeconds");
    if (!seconds.isNumber()) {
      return life;
    }
    Duration wanted = Duration.ofSeconds(seconds.asLong());
    Duration atLeast = wanted.compareTo(MIN_LIFE) < 0 ? MIN_LIFE : wanted;
    return atLeast.compareTo(life) < 0 ? atLeast : life;
  }
}
