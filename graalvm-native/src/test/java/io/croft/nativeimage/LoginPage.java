package io.croft.nativeimage;

import io.croft.app.runtime.Endpoint;
import io.croft.pki.Pki;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// What a person does in a browser when a command logs in by the device flow.
final class LoginPage {
  private static final Pattern PROOF = Pattern.compile("name=proof value=\"([^\"]+)\"");

  private LoginPage() {}

  /// @param code that the command has shown
  static void enter(Path data, Endpoint endpoint, String user, String password, String code)
      throws Exception {
    URI page = URI.create(endpoint.url() + "/identity/device");
    try (var http = HttpClient.newBuilder().sslContext(trusting(data.resolve("pki"))).build()) {
      var form = http.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString());
      Matcher proof = PROOF.matcher(form.body());
      if (!proof.find()) {
        throw new AssertionError("no form at " + page + ":\n" + form.body());
      }
      String cookie = form.headers().firstValue("set-cookie").orElseThrow().split(";", 2)[0];
      String body =
          "proof=%s&user_code=%s&username=%s&password=%s"
              .formatted(
                  proof.group(1), code, user, URLEncoder.encode(password, StandardCharsets.UTF_8));
      var answer =
          http.send(
              HttpRequest.newBuilder(page)
                  .header("content-type", "application/x-www-form-urlencoded")
                  .header("cookie", cookie)
                  .POST(BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError("%s answers %s".formatted(page, answer.body()));
      }
    }
  }

  private static SSLContext trusting(Path pki) throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (X509Certificate root : Pki.read(pki, InstantSource.system()).serverAuthority().trusted()) {
      store.setCertificateEntry(root.getSerialNumber().toString(), root);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
