package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/// What a program and a person with a browser do in a login by the device flow (RFC 8628), both
/// played by HTTP.
final class DeviceLogin {
  private static final Pattern PROOF = Pattern.compile("name=proof value=\"([^\"]+)\"");
  private static final String GRANT = "urn:ietf:params:oauth:grant-type:device_code";

  private final Appliance appliance;

  DeviceLogin(Appliance appliance) {
    this.appliance = appliance;
  }

  /// The answer of the token endpoint: `id_token`, `refresh_token`, or an `error`.
  JsonNode logIn(String user, String password) throws Exception {
    JsonNode asked = begin();
    HttpResponse<String> page = enter(user, password, asked.path("user_code").asText());
    assertThat(page.body()).contains("You are logged in");
    return token(asked.path("device_code").asText());
  }

  /// What the program is told: `device_code`, `user_code`.
  JsonNode begin() throws Exception {
    return post("device_authorization", "client_id=croft");
  }

  /// Asks whether the person has logged in.
  JsonNode token(String deviceCode) throws Exception {
    return post("token", "client_id=croft&grant_type=" + GRANT + "&device_code=" + deviceCode);
  }

  JsonNode refresh(String refreshToken) throws Exception {
    return post("token", "client_id=croft&grant_type=refresh_token&refresh_token=" + refreshToken);
  }

  private JsonNode post(String path, String form) throws Exception {
    try (HttpClient http = client()) {
      var request =
          HttpRequest.newBuilder(URI.create(appliance.server() + "/identity/" + path))
              .header("content-type", "application/x-www-form-urlencoded")
              .POST(BodyPublishers.ofString(form));
      return Api.MAPPER.readTree(http.send(request.build(), BodyHandlers.ofString()).body());
    }
  }

  /// Fills in the form of the page.
  HttpResponse<String> enter(String user, String password, String code) throws Exception {
    URI page = URI.create(appliance.server() + "/identity/device");
    try (HttpClient http = client()) {
      var form = http.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString());
      String cookie = form.headers().firstValue("set-cookie").orElseThrow().split(";", 2)[0];
      Matcher proof = PROOF.matcher(form.body());
      assertThat(proof.find()).as(form.body()).isTrue();
      String body =
          "proof=%s&user_code=%s&username=%s&password=%s"
              .formatted(
                  proof.group(1),
                  code,
                  URLEncoder.encode(user, StandardCharsets.UTF_8),
                  URLEncoder.encode(password, StandardCharsets.UTF_8));
      var request =
          HttpRequest.newBuilder(page)
              .header("content-type", "application/x-www-form-urlencoded")
              .POST(BodyPublishers.ofString(body));
      // Without the cookie it is not this browser's form.
      assertThat(http.send(request.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(403);
      return http.send(request.header("cookie", cookie).build(), BodyHandlers.ofString());
    }
  }

  /// Of a person who clicks the warning about the certificate away.
  static HttpClient client() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
    return HttpClient.newBuilder().sslContext(context).build();
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
