package io.croft.certificates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.pki.x509.AlternativeNames;
import io.croft.pki.x509.Issuance;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.SigningRequest;
import io.croft.pki.x509.Subject;
import io.croft.pki.x509.Usage;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// An ACME server (RFC 8555) of as much as clients need: it verifies every signature and nonce,
/// fetches tokens and asks DNS for records, and signs only what has been proved.
final class TestAcmeServer implements AutoCloseable {
  static final String BINDING_KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ";
  private static final String ERROR = "urn:ietf:params:acme:error:";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final int code;
    private final String type;

    Refusal(int code, String type, String detail) {
      super(detail);
      this.code = code;
      this.type = type;
    }
  }

  private record Account(String url, PublicKey key, String thumbprint, ObjectNode json) {}

  private record Call(@Nullable Account account, JsonNode payload, @Nullable JsonNode jwk) {}

  /// When certificates are to be renewed.
  record Advice(Instant start, Instant end) {}

  /// A failure for the next request to a path.
  record Fault(String path, int code, String type, String retryAfter) {}

  private final HttpServer server;
  private final int httpPort;
  private final TestDns dns;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Set<String> nonces = ConcurrentHashMap.newKeySet();
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final Map<String, ObjectNode> orders = new ConcurrentHashMap<>();
  private final Map<String, ObjectNode> authorizations = new ConcurrentHashMap<>();
  private final Map<String, String> certificates = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Fault> fault = new AtomicReference<>();
  final List<JsonNode> wanted = Collections.synchronizedList(new ArrayList<>());
  final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
  final AtomicInteger refusedNonces = new AtomicInteger();
  volatile boolean bindingRequired;
  volatile Advice advice =
      new Advice(Instant.now().plus(Duration.ofDays(50)), Instant.now().plus(Duration.ofDays(51)));
  final AtomicInteger nonceFailures = new AtomicInteger();

  private final KeyPair intermediateKey;
  private final X509Certificate intermediate;
  private final X509Certificate otherIntermediate;

  /// @param httpPort where tokens are fetched
  TestAcmeServer(int httpPort, TestDns dns) throws Exception {
    this.httpPort = httpPort;
    this.dns = dns;
    KeyPair rootKey = ec();
    KeyPair otherKey = ec();
    intermediateKey = ec();
    X509Certificate root = authority(rootKey, "Test Root").selfSigned(rootKey);
    X509Certificate other = authority(otherKey, "Other Root").selfSigned(otherKey);
    Issuance wish = authority(intermediateKey, "Intermediate");
    intermediate = wish.signedBy(rootKey.getPrivate(), root);
    otherIntermediate = wish.signedBy(otherKey.getPrivate(), other);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  private static KeyPair ec() throws PkiException {
    return new KeyKind(KeyKind.Algorithm.ECDSA, 256).generate();
  }

  private static Issuance authority(KeyPair pair, String name) throws PkiException {
    var wish =
        new SigningRequest.Wish(
            Subject.of(Map.of(Subject.Attribute.COMMON_NAME, List.of(name))),
            AlternativeNames.NONE,
            Set.of(),
            null,
            "");
    return issuance(SigningRequest.create(pair, wish), true, Duration.ofDays(365));
  }

  private static Issuance issuance(SigningRequest request, boolean authority, Duration life) {
    Set<Usage> usages = authority ? Set.of(Usage.CERT_SIGN) : Usage.DEFAULT;
    return new Issuance(
        request,
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        life,
        authority,
        usages,
        Issuance.Pointers.NONE);
  }

  String directory() {
    return base() + "/directory";
  }

  private String base() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// Has the next request to a path fail.
  void fail(Fault next) {
    fault.set(next);
  }

  synchronized void deactivateAccounts() {
    accounts.values().forEach(a -> a.json().put("status", "deactivated"));
  }

  void forgetAccounts() {
    accounts.clear();
  }

  int accounts() {
    return accounts.size();
  }

  synchronized List<String> contacts() {
    return accounts.values().stream()
        .map(a -> a.json().path("contact").path(0).asText(""))
        .toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      calls.add(path);
      String nonce = "nonce-" + numbers.incrementAndGet();
      nonces.add(nonce);
      exchange.getResponseHeaders().set("Replay-Nonce", nonce);
      byte[] body = exchange.getRequestBody().readAllBytes();
      try {
        Fault planned = fault.get();
        if (planned != null && path.startsWith(planned.path())) {
          fault.set(null);
          if (!planned.retryAfter().isEmpty()) {
            exchange.getResponseHeaders().set("Retry-After", planned.retryAfter());
          }
          throw new Refusal(planned.code(), planned.type(), "as the test wants it");
        }
        synchronized (this) {
          route(exchange, path, body);
        }
      } catch (Refusal e) {
        ObjectNode problem = Json.object().put("type", ERROR + e.type);
        problem.put("detail", e.getMessage()).put("status", e.code);
        send(exchange, e.code, "application/problem+json", Json.bytes(problem));
      } catch (MalformedJsonException | GeneralSecurityException | PkiException e) {
        throw new IOException(e);
      }
    }
  }

  private static void send(HttpExchange exchange, int code, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    boolean empty = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(code, empty ? -1 : body.length);
    if (!empty) {
      exchange.getResponseBody().write(body);
    }
  }

  private static void json(HttpExchange exchange, int code, JsonNode body) throws IOException {
    send(exchange, code, "application/json", Json.bytes(body));
  }

  private void route(HttpExchange exchange, String path, byte[] body)
      throws IOException, Refusal, MalformedJsonException, GeneralSecurityException, PkiException {
    switch (path) {
      case "/directory" -> json(exchange, 200, describe());
      case "/nonce" -> send(exchange, 200, "text/plain", new byte[0]);
      case String info when info.startsWith("/renewal-info/") -> {
        ObjectNode window = Json.object();
        window
            .putObject("suggestedWindow")
            .put("start", advice.start().toString())
            .put("end", advice.end().toString());
        window.put("explanationURL", base() + "/explained");
        exchange.getResponseHeaders().set("Retry-After", "7200");
        json(exchange, 200, window);
      }
      case "/new-account" -> newAccount(exchange, verified(path, body));
      case "/new-order" -> newOrder(exchange, verified(path, body));
      default -> {
        Call call = verified(path, body);
        known(call);
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (path.startsWith("/account/")) {
          if (call.payload().has("contact") && call.account() != null) {
            call.account().json().set("contact", call.payload().path("contact"));
          }
          json(exchange, 200, known(call).json());
        } else if (path.startsWith("/order/")) {
          json(exchange, 200, present(orders.get(id)));
        } else if (path.startsWith("/authorization/")) {
          json(exchange, 200, present(authorizations.get(id)));
        } else if (path.startsWith("/challenge/")) {
          challenge(exchange, id, known(call));
        } else if (path.startsWith("/finalize/")) {
          finish(exchange, id, call.payload());
        } else if (path.startsWith("/certificate/")) {
          exchange
              .getResponseHeaders()
              .set("Link", "<" + base() + "/certificate/other-" + id + ">;rel=\"alternate\"");
          byte[] chain = present(certificates.get(id)).getBytes(StandardCharsets.US_ASCII);
          send(exchange, 200, "application/pem-certificate-chain", chain);
        } else {
          throw new Refusal(404, "malformed", "no such resource");
        }
      }
    }
  }

  private static <T> T present(@Nullable T thing) throws Refusal {
    if (thing == null) {
      throw new Refusal(404, "malformed", "no such resource");
    }
    return thing;
  }

  private ObjectNode describe() {
    ObjectNode directory =
        Json.object()
            .put("newNonce", base() + "/nonce")
            .put("newAccount", base() + "/new-account")
            .put("newOrder", base() + "/new-order")
            .put("revokeCert", base() + "/revoke")
            .put("keyChange", base() + "/key-change")
            .put("renewalInfo", base() + "/renewal-info");
    ObjectNode meta = directory.putObject("meta").put("termsOfService", base() + "/terms");
    meta.put("externalAccountRequired", bindingRequired);
    meta.putObject("profiles").put("short", "six days").put("usual", "ninety days");
    return directory;
  }

  private static byte[] decode(JsonNode text) {
    return Base64.getUrlDecoder().decode(text.asText(""));
  }

  private static JsonNode decodedJson(JsonNode text) throws MalformedJsonException {
    return Json.parse(decode(text));
  }

  /// Verifies a request as RFC 8555 6.2 to 6.5 say.
  private Call verified(String path, byte[] body)
      throws Refusal, MalformedJsonException, GeneralSecurityException {
    JsonNode jws = Json.parse(body);
    JsonNode head = decodedJson(jws.path("protected"));
    if (!head.path("url").asText("").equals(base() + path)) {
      throw new Refusal(401, "unauthorized", "the request is for another address");
    }
    if (nonceFailures.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      refusedNonces.incrementAndGet();
      throw new Refusal(400, "badNonce", "as the test wants it");
    }
    if (!nonces.remove(head.path("nonce").asText(""))) {
      throw new Refusal(400, "badNonce", "the nonce is not one of ours");
    }
    JsonNode jwk = head.get("jwk");
    Account account = jwk == null ? accounts.get(head.path("kid").asText("")) : null;
    if (jwk == null && account == null) {
      throw new Refusal(400, "accountDoesNotExist", "the account is not known");
    }
    PublicKey key = account == null ? key(present(jwk)) : account.key();
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initVerify(key);
    String signed = jws.path("protected").asText("") + "." + jws.path("payload").asText("");
    signature.update(signed.getBytes(StandardCharsets.US_ASCII));
    if (!signature.verify(decode(jws.path("signature")))) {
      throw new Refusal(400, "malformed", "the signature is wrong");
    }
    byte[] payload = decode(jws.path("payload"));
    return new Call(account, payload.length == 0 ? Json.object() : Json.parse(payload), jwk);
  }

  private static PublicKey key(JsonNode jwk) throws GeneralSecurityException {
    var modulus = new BigInteger(1, decode(jwk.path("n")));
    var exponent = new BigInteger(1, decode(jwk.path("e")));
    return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
  }

  private static Account known(Call call) throws Refusal {
    Account account = call.account();
    if (account == null) {
      throw new Refusal(400, "malformed", "a key identifier is needed");
    }
    if (!account.json().path("status").asText("").equals("valid")) {
      throw new Refusal(403, "unauthorized", "the account is deactivated");
    }
    return account;
  }

  private static String thumbprint(JsonNode jwk) throws GeneralSecurityException {
    String canonical =
        "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}"
            .formatted(jwk.path("e").asText(""), jwk.path("n").asText(""));
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.UTF_8));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }

  private void newAccount(HttpExchange exchange, Call call)
      throws IOException, Refusal, GeneralSecurityException, MalformedJsonException {
    JsonNode jwk = present(call.jwk());
    String thumbprint = thumbprint(jwk);
    for (Account present : accounts.values()) {
      if (present.thumbprint().equals(thumbprint)) {
        if (!present.json().path("status").asText("").equals("valid")) {
          throw new Refusal(403, "unauthorized", "the account is deactivated");
        }
        exchange.getResponseHeaders().set("Location", present.url());
        json(exchange, 200, present.json());
        return;
      }
    }
    if (!call.payload().path("termsOfServiceAgreed").asBoolean(false)) {
      throw new Refusal(403, "userActionRequired", "the terms must be agreed to");
    }
    if (bindingRequired) {
      verifyBinding(call.payload().path("externalAccountBinding"), jwk);
    }
    String url = base() + "/account/" + numbers.incrementAndGet();
    ObjectNode json = Json.object().put("status", "valid");
    if (call.payload().has("contact")) {
      json.set("contact", call.payload().path("contact"));
    }
    accounts.put(url, new Account(url, key(jwk), thumbprint, json));
    exchange.getResponseHeaders().set("Location", url);
    json(exchange, 201, json);
  }

  private static void verifyBinding(JsonNode binding, JsonNode jwk)
      throws Refusal, GeneralSecurityException, MalformedJsonException {
    if (!binding.isObject()) {
      throw new Refusal(403, "externalAccountRequired", "the account must be bound");
    }
    JsonNode head = decodedJson(binding.path("protected"));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getUrlDecoder().decode(BINDING_KEY), "HmacSHA256"));
    String signed = binding.path("protected").asText("") + "." + binding.path("payload").asText("");
    byte[] expected = mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
    if (!head.path("alg").asText("").equals("HS256")
        || !head.path("kid").asText("").equals("customer-1")
        || !MessageDigest.isEqual(expected, decode(binding.path("signature")))
        || !thumbprint(decodedJson(binding.path("payload"))).equals(thumbprint(jwk))) {
      throw new Refusal(403, "unauthorized", "the binding is wrong");
    }
  }

  private void newOrder(HttpExchange exchange, Call call) throws IOException, Refusal {
    known(call);
    wanted.add(call.payload());
    String id = "o" + numbers.incrementAndGet();
    ObjectNode order = Json.object().put("status", "pending");
    order.put("finalize", base() + "/finalize/" + id);
    order.set("identifiers", call.payload().path("identifiers"));
    var urls = order.putArray("authorizations");
    for (JsonNode identifier : call.payload().path("identifiers")) {
      String name = identifier.path("value").asText("");
      if (name.endsWith(".forbidden.test")) {
        throw new Refusal(400, "rejectedIdentifier", "no certificates for " + name);
      }
      urls.add(authorization(identifier, name));
    }
    orders.put(id, order);
    exchange.getResponseHeaders().set("Location", base() + "/order/" + id);
    json(exchange, 201, order);
  }

  private String authorization(JsonNode identifier, String name) {
    String id = "a" + numbers.incrementAndGet();
    ObjectNode authorization = Json.object().put("status", "pending");
    boolean wildcard = name.startsWith("*.");
    authorization
        .putObject("identifier")
        .put("type", identifier.path("type").asText(""))
        .put("value", wildcard ? name.substring(2) : name);
    if (wildcard) {
      authorization.put("wildcard", true);
    }
    var challenges = authorization.putArray("challenges");
    for (String type : wildcard ? List.of("dns-01") : List.of("http-01", "dns-01", "odd-01")) {
      challenges
          .addObject()
          .put("type", type)
          .put("url", base() + "/challenge/" + id + "~" + type)
          .put("token", "token_" + id + "-" + type)
          .put("status", "pending");
    }
    authorizations.put(id, authorization);
    return base() + "/authorization/" + id;
  }

  private void challenge(HttpExchange exchange, String id, Account account)
      throws IOException, Refusal {
    ObjectNode authorization = present(authorizations.get(id.substring(0, id.indexOf('~'))));
    for (JsonNode item : authorization.path("challenges")) {
      if (item instanceof ObjectNode challenge
          && challenge.path("url").asText("").endsWith("/" + id)) {
        if (!challenge.path("status").asText("").equals("pending")) {
          throw new Refusal(400, "malformed", "the challenge is not pending");
        }
        challenge.put("status", "processing");
        json(exchange, 200, challenge);
        Thread.ofVirtual().start(() -> validate(authorization, challenge, account));
        return;
      }
    }
    throw new Refusal(404, "malformed", "no such challenge");
  }

  private void validate(ObjectNode authorization, ObjectNode challenge, Account account) {
    String token = challenge.path("token").asText("");
    String expected = token + "." + account.thumbprint();
    String name = authorization.path("identifier").path("value").asText("");
    boolean proved;
    try {
      proved =
          challenge.path("type").asText("").equals("http-01")
              ? fetch(token).equals(expected)
              : texts(name).contains(digest(expected));
    } catch (IOException | GeneralSecurityException e) {
      proved = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    decide(authorization, challenge, name, proved);
  }

  private synchronized void decide(
      ObjectNode authorization, ObjectNode challenge, String name, boolean proved) {
    if (!proved) {
      challenge
          .putObject("error")
          .put("type", ERROR + "unauthorized")
          .put("detail", "the answer for " + name + " is wrong");
    }
    challenge.put("status", proved ? "valid" : "invalid");
    authorization.put("status", proved ? "valid" : "invalid");
    orders.values().forEach(this::settle);
  }

  private void settle(ObjectNode order) {
    if (!order.path("status").asText("").equals("pending")) {
      return;
    }
    var states = new HashSet<String>();
    for (JsonNode url : order.path("authorizations")) {
      String id = url.asText("").substring(url.asText("").lastIndexOf('/') + 1);
      ObjectNode authorization = authorizations.get(id);
      states.add(authorization == null ? "" : authorization.path("status").asText(""));
    }
    if (states.contains("invalid")) {
      order.put("status", "invalid");
    } else if (states.equals(Set.of("valid"))) {
      order.put("status", "ready");
    }
  }

  /// From this machine, whatever the name: nobody's DNS is asked in tests.
  private String fetch(String token) throws IOException, InterruptedException {
    URI at = URI.create("http://127.0.0.1:" + httpPort + "/.well-known/acme-challenge/" + token);
    return HTTP.send(HttpRequest.newBuilder(at).build(), BodyHandlers.ofString()).body();
  }

  private static String digest(String text) throws GeneralSecurityException {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
  }

  private List<String> texts(String name) throws IOException {
    var query =
        Record.newRecord(Name.fromString("_acme-challenge." + name + "."), Type.TXT, DClass.IN);
    Message answer = new SimpleResolver(dns.address()).send(Message.newQuery(query));
    var texts = new ArrayList<String>();
    for (Record record : answer.getSection(Section.ANSWER)) {
      if (record instanceof TXTRecord text) {
        texts.addAll(text.getStrings());
      }
    }
    return texts;
  }

  private void finish(HttpExchange exchange, String id, JsonNode payload)
      throws IOException, Refusal, PkiException {
    ObjectNode order = present(orders.get(id));
    if (!order.path("status").asText("").equals("ready")) {
      throw new Refusal(403, "orderNotReady", "the order is " + order.path("status").asText(""));
    }
    String pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n"
            + Base64.getMimeEncoder().encodeToString(decode(payload.path("csr")))
            + "\n-----END CERTIFICATE REQUEST-----\n";
    SigningRequest request = SigningRequest.parse(pem);
    var asked = new HashSet<>(request.names().dnsNames());
    asked.addAll(request.names().ipAddresses());
    var ordered = new HashSet<String>();
    order.path("identifiers").forEach(i -> ordered.add(i.path("value").asText("")));
    if (!asked.equals(ordered)) {
      throw new Refusal(400, "badCSR", "the request is for other names than the order");
    }
    X509Certificate leaf =
        issuance(request, false, Duration.ofDays(90))
            .signedBy(intermediateKey.getPrivate(), intermediate);
    certificates.put(id, Pem.encode(List.of(leaf, intermediate)));
    certificates.put("other-" + id, Pem.encode(List.of(leaf, otherIntermediate)));
    order.put("status", "valid").put("certificate", base() + "/certificate/" + id);
    exchange.getResponseHeaders().set("Location", base() + "/order/" + id);
    json(exchange, 200, order);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
