package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// As much of a browser as a login needs: it keeps cookies, and says from which page requests come.
final class Browser implements AutoCloseable {
  private static final Pattern PROOF = Pattern.compile("name=proof value=\"([^\"]+)\"");

  private final Appliance appliance;
  private final HttpClient http;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  Browser(Appliance appliance) throws Exception {
    this.appliance = appliance;
    this.http = DeviceLogin.client();
  }

  /// Fills in the page for that.
  HttpResponse<String> logIn(String user, String password) throws Exception {
    Matcher proof = PROOF.matcher(get("/identity/login").body());
    assertThat(proof.find()).isTrue();
    return send(
        request("/identity/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", appliance.server())
            .header("sec-fetch-site", "same-origin")
            .POST(
                BodyPublishers.ofString(
                    "proof=%s&username=%s&password=%s&return=/version"
                        .formatted(
                            proof.group(1),
                            user,
                            URLEncoder.encode(password, StandardCharsets.UTF_8)))));
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  /// A write as our own pages send it.
  HttpResponse<String> write(String method, String path, String type, String body)
      throws Exception {
    return send(
        request(path)
            .header("content-type", type)
            .header("origin", appliance.server())
            .header("sec-fetch-site", "same-origin")
            .header("x-croft-request", "1")
            .method(method, BodyPublishers.ofString(body)));
  }

  /// The lines of an answer as they come, until it ends or 10 minutes are over.
  Stream<String> lines(String path) throws Exception {
    return lines(withCookies(request(path)));
  }

  /// As it is, without cookies.
  Stream<String> lines(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofLines()).body();
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(appliance.server() + path))
        .timeout(Duration.ofMinutes(10));
  }

  /// Sends the cookies along, and keeps those that come.
  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(withCookies(request).build(), BodyHandlers.ofString());
    for (String cookie : answer.headers().allValues("set-cookie")) {
      String[] pair = cookie.split(";", 2)[0].split("=", 2);
      assertThat(cookie)
          .startsWith("__Host-")
          .contains("Path=/", "Secure", "HttpOnly", "SameSite=Strict");
      if (cookie.contains("Max-Age=0")) {
        cookies.remove(pair[0]);
      } else {
        cookies.put(pair[0], pair[1]);
      }
    }
    return answer;
  }

  private HttpRequest.Builder withCookies(HttpRequest.Builder request) {
    if (!cookies.isEmpty()) {
      request.header(
          "cookie",
          cookies.entrySet().stream()
              .map(e -> e.getKey() + "=" + e.getValue())
              .collect(Collectors.joining("; ")));
    }
    return request;
  }

  /// By name.
  Map<String, String> cookies() {
    return cookies;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
