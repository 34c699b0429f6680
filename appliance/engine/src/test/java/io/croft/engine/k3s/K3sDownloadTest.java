package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.croft.base.Sha256;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("M5")
class K3sDownloadTest {
  private static final K3sVersion VERSION = K3sVersion.parse("v1.34.1+k3s1");

  private final byte[] content = new byte[300_000];
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final HttpServer server = server();

  @TempDir Path directory;

  /// So many answers stop in the middle.
  private final AtomicInteger broken = new AtomicInteger();

  private static HttpServer server() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void serve() {
    new Random(1).nextBytes(content);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(exchange.getRequestURI().getRawPath() + " " + range);
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    int to = broken.getAndDecrement() > 0 ? from + 100_000 : content.length;
    try (exchange;
        var body = exchange.getResponseBody()) {
      body.write(content, from, to - from);
      body.flush();
    } catch (IOException e) {
      // it is said that there is more than was sent
    }
  }

  private K3sDownload download() throws IOException {
    Path file = Files.write(Files.createTempFile(directory, "whole", ""), content);
    return download(Sha256.hex(file));
  }

  private K3sDownload download(String sha256) {
    var mirror = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/mirror/");
    return new K3sDownload(VERSION, sha256, mirror);
  }

  @Test
  void goesOnWhereItStopped() throws Exception {
    broken.set(2);
    K3sDownload download = download();

    Path program = download.into(directory, Duration.ofSeconds(2));

    assertThat(Files.readAllBytes(program)).isEqualTo(content);
    assertThat(Files.isExecutable(program)).isTrue();
    assertThat(asked).hasSize(3);
    assertThat(asked.getFirst()).startsWith("/mirror/v1.34.1%2Bk3s1/k3s").endsWith(" null");
    assertThat(asked.getLast()).endsWith(" bytes=200000-");
  }

  @Test
  void fetchesOnlyOnce() throws Exception {
    K3sDownload download = download();
    download.into(directory);
    download.into(directory);

    assertThat(asked).hasSize(1);
  }

  @Test
  void refusesAnotherProgramThanWasNamed() throws Exception {
    assertThatThrownBy(() -> download("0".repeat(64)).into(directory))
        .hasMessageContaining("is not what croft.k3s-sha256 names");

    try (var files = Files.list(directory)) {
      assertThat(files.map(String::valueOf)).noneMatch(name -> name.contains("download-"));
    }
  }

  @Test
  void isNotUsedWhereThereIsAProgram() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("path"));
    Path program = Files.writeString(bin.resolve("k3s"), "#!/bin/sh\n");
    program.toFile().setExecutable(true);
    var source =
        new K3sSource(
            Optional.empty(),
            List.of(directory.resolve("nowhere"), bin),
            directory.resolve("lib/k3s"),
            Optional.of(download()));

    assertThat(source.find(directory)).isEqualTo(program);
    assertThat(asked).isEmpty();
  }

  @Test
  void isNotDoneUnlessToldTo() {
    var source =
        new K3sSource(Optional.empty(), List.of(), directory.resolve("lib/k3s"), Optional.empty());

    assertThatThrownBy(() -> source.find(directory)).hasMessageContaining("CROFT_K3S");
  }

  @Test
  void wantsAFingerprint() {
    for (String wrong : Arrays.asList("", "abc", "Z".repeat(64))) {
      assertThatThrownBy(() -> download(wrong)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
