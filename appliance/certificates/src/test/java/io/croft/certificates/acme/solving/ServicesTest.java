package io.croft.certificates.acme.solving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.base.http.HttpResponse;
import io.croft.client.ApiClient;
import io.croft.model.Json;
import io.croft.model.Yaml;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Services that publish records over HTTP, against servers that answer as theirs are documented.
@Tag("CM-31")
class ServicesTest {
  private static final TextRecord RECORD =
      new TextRecord("_acme-challenge.a.example.test.", "example.test.", "value_1-2");

  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean present = new AtomicBoolean();
  private final BoundedHttp http =
      new BoundedHttp(HttpClient::newBuilder, Duration.ofSeconds(20), 1 << 16);
  private HttpServer server = start();

  private static HttpServer start() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void serve() {
    server.createContext("/cloudflare", this::cloudflare);
    server.createContext("/2013-04-01/", this::route53);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private static JsonNode yaml(String text) throws Exception {
    return Yaml.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Every Secret holds this.
  private static SecretReader secrets(String value) {
    String data = Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    var secret = Json.object().put("apiVersion", "v1").put("kind", "Secret");
    secret.putObject("data").put("key", data);
    return new SecretReader(
        new ApiClient(_ -> HttpResponse.of(200, "application/json", Json.bytes(secret)), "test"),
        "default");
  }

  private static void send(HttpExchange exchange, int code, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private String note(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add((request + " " + body.strip()).strip());
    return request;
  }

  private void cloudflare(HttpExchange exchange) throws IOException {
    String request = note(exchange);
    String token = exchange.getRequestHeaders().getFirst("authorization");
    String key = exchange.getRequestHeaders().getFirst("x-auth-key");
    if (!"Bearer good".equals(token) && !"good".equals(key)) {
      send(exchange, 403, "{success: false}".replace("success", "\"success\""));
    } else if (request.contains("zones?name=example.test")) {
      send(exchange, 200, "{\"success\": true, \"result\": [{\"id\": \"z1\"}]}");
    } else if (request.contains("dns_records?") && present.get()) {
      send(
          exchange,
          200,
          "{\"success\": true, \"result\": [{\"id\": \"r1\", \"content\": \"value_1-2\"}]}");
    } else {
      send(exchange, 200, "{\"success\": true, \"result\": []}");
    }
  }

  @Test
  void publishesAtCloudflare() throws Exception {
    var config = yaml("{apiTokenSecretRef: {name: x, key: key}}");
    var provider = CloudflareProvider.of(http, at("/cloudflare"), config, secrets("good"));
    provider.publish(RECORD);
    assertThat(requests.getLast())
        .startsWith("POST /cloudflare/zones/z1/dns_records {")
        .contains("\"_acme-challenge.a.example.test\"", "\"value_1-2\"");
    present.set(true);
    int before = requests.size();
    provider.publish(RECORD);
    assertThat(requests.subList(before, requests.size())).noneMatch(r -> r.startsWith("POST"));
    provider.remove(RECORD);
    assertThat(requests.getLast()).isEqualTo("DELETE /cloudflare/zones/z1/dns_records/r1");
  }

  @Test
  void tellsWhatCloudflareSays() throws Exception {
    var byKey = yaml("{email: a@example.test, apiKeySecretRef: {name: x, key: key}}");
    CloudflareProvider.of(http, at("/cloudflare"), byKey, secrets("good")).publish(RECORD);
    var refused = CloudflareProvider.of(http, at("/cloudflare"), byKey, secrets("s3cret"));
    assertThatThrownBy(() -> refused.publish(RECORD))
        .isInstanceOf(SolverException.class)
        .hasMessageContaining("403")
        .hasMessageNotContaining("s3cret");
    assertThatThrownBy(
            () -> CloudflareProvider.of(http, at("/cloudflare"), yaml("{}"), secrets("good")))
        .hasMessageContaining("apiTokenSecretRef");
    assertThatThrownBy(
            () -> CloudflareProvider.of(http, at("/cloudflare"), byKey, secrets("two\nlines")))
        .hasMessageNotContaining("two");
  }

  private void route53(HttpExchange exchange) throws IOException {
    String request = note(exchange);
    String signed = exchange.getRequestHeaders().getFirst("authorization");
    if (!String.valueOf(signed).startsWith("AWS4-HMAC-SHA256 Credential=AKID/")) {
      send(exchange, 403, "<E><Error><Code>Signature</Code><Message>no</Message></Error></E>");
    } else if (request.contains("hostedzonesbyname")) {
      send(
          exchange,
          200,
          "<R><HostedZones><HostedZone><Id>/hostedzone/P1</Id><Name>example.test.</Name>"
              + "<Config><PrivateZone>true</PrivateZone></Config></HostedZone>"
              + "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.test.</Name>"
              + "<Config><PrivateZone>false</PrivateZone></Config></HostedZone></HostedZones></R>");
    } else if (requests.getLast().contains("<Action>DELETE")) {
      send(exchange, 400, "<E><Error><Code>InvalidChangeBatch</Code></Error></E>");
    } else {
      send(exchange, 200, "<R><ChangeInfo><Id>/change/1</Id></ChangeInfo></R>");
    }
  }

  @Test
  void publishesAtRoute53() throws Exception {
    var config = yaml("{accessKeyID: AKID, secretAccessKeySecretRef: {name: x, key: key}}");
    var provider =
        Route53Provider.of(http, at(""), config, secrets("good"), InstantSource.system());
    provider.publish(RECORD);
    assertThat(requests.getLast())
        .startsWith("POST /2013-04-01/hostedzone/Z1/rrset ")
        .contains(
            "<Action>UPSERT</Action>",
            "<Name>_acme-challenge.a.example.test.</Name>",
            "<Value>\"value_1-2\"</Value>");
    provider.remove(RECORD); // which is gone already
    assertThatThrownBy(() -> provider.publish(new TextRecord("<evil>.", "example.test.", "x")))
        .hasMessageContaining("no DNS name");
    assertThatThrownBy(() ->
            Route53Provider.of(
                http, at(""), yaml("{role: r}"), secrets("x"), InstantSource.system()))
        .hasMessageContaining("not supported");
  }

  /// The case `get-vanilla` of AWS' suite for version 4.
  @Test
  void signsAsAwsDoes() {
    var signature =
        new AwsSignature(
            "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service");
    assertThat(
            signature.authorization(
                "GET", "example.amazonaws.com", "/", "", "20150830T123600Z", new byte[0]))
        .isEqualTo(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                + " SignedHeaders=host;x-amz-date,"
                + " Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  }
}
