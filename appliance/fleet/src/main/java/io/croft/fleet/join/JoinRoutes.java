package io.croft.fleet.join;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.proof.Role;
import io.croft.fleet.proof.Transcript;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.OpenRoutes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// What hosts ask that have no certificate yet, or whose own has expired:
///
/// | request | answer |
/// |---|---|
/// | `GET /fleet/v1/authorities` | the root certificates, one of which the token names |
/// | `POST /fleet/v1/challenge` | a nonce, and a proof that the appliance knows the token |
/// | `POST /fleet/v1/join` | a certificate, for a proof that the host knows the token or has the key |
///
/// Thread-safe.
public final class JoinRoutes implements OpenRoutes {
  public static final String AUTHORITIES = "/fleet/v1/authorities";
  public static final String CHALLENGE = "/fleet/v1/challenge";
  public static final String JOIN = "/fleet/v1/join";

  /// By how much the clocks of a host and the appliance may differ.
  public static final Duration MAX_SKEW = Duration.ofMinutes(10);

  /// Before the name of a host that proves its key rather than a token.
  public static final String MACHINE = "machine/";

  /// How often a claim is made of a machine that others change.
  private static final int ATTEMPTS = 5;

  private static final String OUTCOME = "fleet.croft.io/join";

  private final Appliance appliance;
  private final JoinTokens tokens;
  private final Machines machines;
  private final HostCertificates certificates;
  private final Enrolment enrolment;
  private final Challenges challenges;
  private final InstantSource clock;

  /// What hosts know the appliance by.
  ///
  /// @param authorities the root certificates, in PEM
  /// @param serverCertificates SHA-256 of what is shown to hosts, hexadecimal; more than one while
  ///   it is replaced
  public record Appliance(Supplier<String> authorities, Supplier<Set<String>> serverCertificates) {}

  JoinRoutes(
      Appliance appliance,
      JoinTokens tokens,
      Machines machines,
      HostCertificates certificates,
      Enrolment enrolment,
      InstantSource clock) {
    this.appliance = appliance;
    this.tokens = tokens;
    this.machines = machines;
    this.certificates = certificates;
    this.enrolment = enrolment;
    this.challenges = new Challenges(clock);
    this.clock = clock;
  }

  @Override
  public Set<String> paths() {
    return Set.of(AUTHORITIES, CHALLENGE, JOIN);
  }

  @Override
  public HttpResponse handle(HttpRequest request, BiConsumer<String, String> annotations) {
    try {
      return switch (request.method() + " " + request.path()) {
        case "GET " + AUTHORITIES -> json(authorities());
        case "POST " + CHALLENGE -> json(challenge(JoinRequest.read(request), annotations));
        case "POST " + JOIN -> json(join(JoinRequest.read(request), annotations));
        default -> throw Statuses.methodNotAllowed();
      };
    } catch (StatusException e) {
      annotations.accept(
          OUTCOME, "refused: %s: %s".formatted(e.status().reason(), e.status().message()));
      throw e;
    }
  }

  private static HttpResponse json(ObjectNode body) {
    return HttpResponse.of(200, "application/json", Json.bytes(body));
  }

  private ObjectNode authorities() {
    return Json.object().put("authorities", appliance.authorities().get());
  }

  private ObjectNode challenge(JoinRequest request, BiConsumer<String, String> annotations) {
    String who = request.who();
    annotations.accept("fleet.croft.io/who", who);
    requireTime(request.text("time"));
    requireCertificate(request.serverCertificate());
    String conversation = conversation(request);
    String nonce = challenges.make(conversation);
    var transcript =
        Transcript.begin(who, request.clientNonce(), nonce, request.serverCertificate());
    ObjectNode answer =
        Json.object().put("challenge", nonce).put("time", clock.instant().toString());
    if (!who.startsWith(MACHINE)) {
      byte[] proof = JoinTokens.verifier(token(who)).serverProof(transcript);
      answer.put("proof", Base64.getUrlEncoder().withoutPadding().encodeToString(proof));
    }
    return answer;
  }

  private static String conversation(JoinRequest request) {
    return String.join("\n", request.who(), request.clientNonce(), request.serverCertificate());
  }

  private void requireTime(String text) {
    Instant now = clock.instant();
    Instant theirs;
    try {
      theirs = Instant.parse(text);
    } catch (DateTimeException e) {
      throw Refusal.MALFORMED.because("time: is missing or not of its form");
    }
    Duration ahead = Duration.between(now, theirs);
    if (ahead.abs().compareTo(MAX_SKEW) > 0) {
      throw Refusal.CLOCK_SKEW.because(
          ("the host's clock is %d s %s the appliance's, which shows %s; at most %d s are allowed."
                  + " Set it (timedatectl, chrony), and try again")
              .formatted(
                  ahead.abs().toSeconds(),
                  ahead.isNegative() ? "behind" : "ahead of",
                  now,
                  MAX_SKEW.toSeconds()));
    }
  }

  private void requireCertificate(String fingerprint) {
    if (!appliance.serverCertificates().get().contains(fingerprint)) {
      throw Refusal.OTHER_CERTIFICATE.because(
          "the host was shown a certificate that is not the appliance's: someone between them opens"
              + " the connection. Connect to the appliance itself");
    }
  }

  private ApiObject token(String id) {
    return tokens
        .find(id)
        .orElseThrow(() ->
            Refusal.UNKNOWN_TOKEN.because(
                "the appliance does not know the token %s; it was deleted, or is another appliance's"
                    .formatted(id)));
  }

  private ObjectNode join(JoinRequest request, BiConsumer<String, String> annotations) {
    String who = request.who();
    annotations.accept("fleet.croft.io/who", who);
    String machine = request.machine();
    annotations.accept("fleet.croft.io/machine", machine);
    requireCertificate(request.serverCertificate());
    if (!challenges.isOpen(request.serverNonce(), conversation(request))) {
      throw Refusal.CHALLENGE_OVER.because(
          "the challenge was answered before, is over, or was made for someone else; begin anew");
    }
    var transcript =
        Transcript.begin(
                who, request.clientNonce(), request.serverNonce(), request.serverCertificate())
            .asking(request.text("role"), machine, request.text("request"));
    ObjectNode joined =
        who.startsWith(MACHINE)
            ? again(machine, request, transcript)
            : first(machine, request, transcript);
    annotations.accept(OUTCOME, "joined: key " + joined.remove("key").asText());
    return joined;
  }

  /// The proof comes first: nothing else of what a stranger sends is looked at.
  private ObjectNode first(String machine, JoinRequest request, Transcript transcript) {
    String id = request.who();
    ApiObject token = token(id);
    if (!JoinTokens.verifier(token).verifies(request.proof(), transcript)) {
      throw Refusal.WRONG_PROOF.because(
          "the host does not know the token " + id + ", only its name");
    }
    String role =
        Role.of(transcript.role())
            .map(Role::text)
            .orElseThrow(() -> Refusal.MALFORMED.because("role: must be " + Role.CHOICE));
    var asked = NodeRequest.parse(request.text("request"), machine);
    var claim = new Claim(machine, asked.key(), role, id);
    // What would be refused anyway must cost neither the nonce nor a use.
    tokens.require(token, claim);
    Optional<ApiObject> before = machines.requireFree(machine, claim.key());
    if (before.filter(found -> Machines.key(found).equals(claim.key())).isPresent()) {
      requireFew(machine);
    }
    requireUnused(request);
    claim(claim, before);
    return certified(id, machine, asked);
  }

  private void claim(Claim claim, Optional<ApiObject> found) {
    Optional<ApiObject> before = found;
    for (int i = 0; i < ATTEMPTS; i++) {
      tokens.use(claim);
      if (machines.claim(claim, before)) {
        return;
      }
      before = machines.requireFree(claim.machine(), claim.key());
    }
    throw Refusal.BUSY.because(
        "others change the node %s at this moment; try again".formatted(claim.machine()));
  }

  private ObjectNode certified(String token, String machine, NodeRequest asked) {
    return Json.object()
        .put("certificate", enrolment.certify(token, machine, asked.key(), asked.pem()))
        .put("authorities", appliance.authorities().get())
        .put("key", asked.key());
  }

  /// A host whose certificate has expired is still who has its key.
  private ObjectNode again(String machine, JoinRequest request, Transcript transcript) {
    Optional<ApiObject> known =
        machines
            .find(machine)
            .filter(_ -> request.who().equals(MACHINE + machine))
            .filter(found -> found.deletionTimestamp() == null);
    if (known.isEmpty()) {
      throw unknown(machine);
    }
    var asked = NodeRequest.parse(request.text("request"), machine);
    if (!asked.key().equals(Machines.key(known.get()))
        || !signed(asked.publicKey(), transcript, request.proof())) {
      throw unknown(machine);
    }
    String role = Machines.role(known.get());
    if (!role.equals(transcript.role())) {
      throw Refusal.WRONG_ROLE.because(
          "the node %s has joined as %s, and becomes another only with a token"
              .formatted(machine, role));
    }
    if (certificates.isTakenBack(machine)) {
      throw Refusal.CERTIFICATE_REVOKED.because(
          ("the certificate of the node %s was taken back; its key alone does not bring it back."
                  + " Join it again, with a token")
              .formatted(machine));
    }
    requireFew(machine);
    requireUnused(request);
    return certified("", machine, asked);
  }

  private static StatusException unknown(String machine) {
    return Refusal.UNKNOWN_MACHINE.because(
        ("no host with this key has the name %s any more; it was removed or replaced. Join it"
                + " again, with a token")
            .formatted(machine));
  }

  private void requireFew(String machine) {
    if (certificates.areTooMany(machine)) {
      throw Refusal.TOO_MANY_CERTIFICATES.because(
          "the node %s got %d certificates just now; try again in some minutes"
              .formatted(machine, HostCertificates.MOST));
    }
  }

  private static boolean signed(PublicKey key, Transcript transcript, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance("SHA256withECDSA");
      verifier.initVerify(key);
      verifier.update(transcript.request().getBytes(StandardCharsets.UTF_8));
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void requireUnused(JoinRequest request) {
    switch (challenges.use(request.serverNonce(), request.who())) {
      case TAKEN -> {}
      case USED ->
          throw Refusal.CHALLENGE_OVER.because("the challenge was answered before; begin anew");
      case FULL ->
          throw Refusal.BUSY.because("too many hosts join at a time; try again in some minutes");
    }
  }
}
