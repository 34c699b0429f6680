package io.croft.smoke;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// An OpenID Connect issuer that is not ours: a discovery document, keys, and tokens by RS256.
final class ForeignIssuer implements AutoCloseable {
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "in-memory";

  private final HttpsServer server;
  private final String authority;
  private volatile KeyPair keys = newKeys();
  private final AtomicInteger generation = new AtomicInteger();

  ForeignIssuer(Path directory) throws Exception {
    Path store = directory.resolve("issuer.p12");
    Command.of(
            List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair -alias issuer -keyalg EC -groupname secp256r1 -storetype PKCS12",
                    "-dname CN=issuer -ext SAN=ip:127.0.0.1 -ext BC=ca:true -validity 2",
                    "-storepass " + PASSWORD + " -keystore " + store)
                .stream()
                .flatMap(part -> List.of(part.split(" ")).stream())
                .toArray(String[]::new))
        .run()
        .succeeded();
    var keyStore = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keyStore.load(in, PASSWORD.toCharArray());
    }
    authority =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(keyStore.getCertificate("issuer").getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keyStore, PASSWORD.toCharArray());
    var tls = SSLContext.getInstance("TLS");
    tls.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    serve("/.well-known/openid-configuration", this::discovery);
    serve("/keys", this::jwks);
    server.start();
  }

  @FunctionalInterface
  private interface Document {
    ObjectNode get();
  }

  private void serve(String path, Document document) {
    server.createContext(
        path,
        exchange -> {
          byte[] body = document.get().toString().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("content-type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort();
  }

  /// In PEM.
  String authority() {
    return authority;
  }

  private ObjectNode discovery() {
    return JSON.createObjectNode().put("issuer", url()).put("jwks_uri", url() + "/keys");
  }

  private ObjectNode jwks() {
    var key = (RSAPublicKey) keys.getPublic();
    ObjectNode set = JSON.createObjectNode();
    set.putArray("keys")
        .addObject()
        .put("kty", "RSA")
        .put("use", "sig")
        .put("kid", "key-" + generation.get())
        .put("n", unsigned(key.getModulus()))
        .put("e", unsigned(key.getPublicExponent()));
    return set;
  }

  private static String unsigned(BigInteger number) {
    byte[] bytes = number.toByteArray();
    int from = bytes[0] == 0 ? 1 : 0;
    return BASE64.encodeToString(Arrays.copyOfRange(bytes, from, bytes.length));
  }

  /// Signs with other keys from now on.
  void rotate() {
    generation.incrementAndGet();
    keys = newKeys();
  }

  String token(String audience, String user, String group) throws Exception {
    ObjectNode claims =
        JSON.createObjectNode()
            .put("iss", url())
            .put("sub", user)
            .put("aud", audience)
            .put("exp", Instant.now().plusSeconds(300).getEpochSecond());
    claims.putArray("roles").add(group);
    String content =
        part(JSON.createObjectNode().put("alg", "RS256").put("kid", "key-" + generation.get()))
            + "."
            + part(claims);
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(keys.getPrivate());
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + BASE64.encodeToString(signature.sign());
  }

  private static String part(ObjectNode json) {
    return BASE64.encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static KeyPair newKeys() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
