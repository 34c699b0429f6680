package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.pki.Identity;
import io.croft.pki.Pem;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same with an implementation of TLS, HTTP/1.1 and HTTP/2 that is not Java's. Skipped where
/// there is no curl.
final class CurlTest {
  @TempDir private Path directory = Path.of("");

  @BeforeEach
  void requireCurl() {
    assumeTrue(Path.of("/usr/bin/curl").toFile().canExecute(), "there is no curl on this machine");
  }

  private static HttpResponse serve(HttpRequest request) {
    if (request.method().equals("POST")) {
      return GatewayExchangeTest.echo(request);
    }
    var chain = request.peer().certificates();
    return GatewayExchangeTest.text(
        chain.isEmpty() ? "nobody" : chain.getFirst().getSubjectX500Principal().getName());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void knowsTheClientByItsCertificate(String version) throws Exception {
    try (var running = RunningGateway.start(CurlTest::serve)) {
      String answer = curl(Credentials.OURS.admin(), version, running.uri("/").toString());
      String anonymous = curl(null, version, running.uri("/").toString());

      assertThat(answer).contains("CN=kubernetes-admin");
      assertThat(anonymous).isEqualTo("nobody");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void showsNobodyForAForeignCertificate(String version) throws Exception {
    try (var running = RunningGateway.start(CurlTest::serve)) {
      String answer = curl(Credentials.FOREIGN.admin(), version, running.uri("/").toString());

      assertThat(answer).isEqualTo("nobody");
    }
  }

  /// For so long a body curl waits to be asked.
  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void sendsAndReceivesLongBodies(String version) throws Exception {
    String body = "0123456789".repeat(300_000);
    Path file = Files.writeString(directory.resolve("body"), body);
    try (var running = RunningGateway.start(CurlTest::serve)) {
      String uri = running.uri("/").toString();

      assertThat(curl(null, version, "--data-binary", "@" + file, uri)).isEqualTo(body);
    }
  }

  private String curl(@org.jspecify.annotations.Nullable Identity identity, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("/usr/bin/curl", "--silent", "--show-error"));
    command.addAll(List.of("--max-time", "20", "--cacert", authority().toString()));
    if (identity != null) {
      Path pem =
          Files.writeString(
              directory.resolve("client.pem"),
              Pem.encode(identity.chain()) + Pem.encode(identity.key()));
      command.addAll(List.of("--cert", pem.toString()));
    }
    command.addAll(List.of(arguments));
    File output = directory.resolve("output").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
    assertThat(process.waitFor(RunningGateway.PATIENCE.toSeconds() + 5, TimeUnit.SECONDS)).isTrue();
    return Files.readString(output.toPath(), StandardCharsets.UTF_8);
  }

  private Path authority() throws IOException {
    return Files.writeString(
        directory.resolve("ca.pem"),
        Pem.encode(List.of(Credentials.OURS.serverAuthority().certificate())));
  }
}
