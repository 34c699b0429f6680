package io.croft.base;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DownloadTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final int CUT = 100_000;

  private final byte[] content = new byte[300_000];
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private HttpServer server;

  @TempDir private Path directory;

  private final Download.Listener listener =
      new Download.Listener() {
        @Override
        public void begins(long have) {
          told.add("begins " + have);
        }

        @Override
        public void failed(IOException why) {
          told.add("failed: " + why.getMessage());
        }
      };

  @BeforeEach
  void serve() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/whole", exchange -> answer(exchange, content.length));
    server.createContext("/cut", exchange -> answer(exchange, CUT));
    server.createContext(
        "/stalls",
        exchange -> {
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content, 0, CUT);
          exchange.getResponseBody().flush();
          awaitClosing();
        });
    server.createContext(
        "/status/",
        exchange -> {
          asked.add(exchange.getRequestURI().getPath());
          int status = Integer.parseInt(exchange.getRequestURI().getPath().replaceAll("\\D", ""));
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    closed.countDown();
    server.stop(0);
  }

  private void awaitClosing() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Sends no more than so many bytes of what it has promised.
  private void answer(HttpExchange exchange, int most) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (from == content.length) {
      exchange.sendResponseHeaders(416, -1);
      exchange.close();
      return;
    }
    int left = content.length - from;
    exchange.sendResponseHeaders(range == null ? 200 : 206, left);
    try (exchange;
        var body = exchange.getResponseBody()) {
      body.write(content, from, Math.min(left, most));
      body.flush();
    } catch (IOException e) {
      // it is said that there is more than was sent
    }
  }

  private Path target() {
    return directory.resolve("file");
  }

  private Path part() {
    return directory.resolve("file.part");
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private Download download(String path) {
    return new Download(url(path), Sha256.hex(content), content.length, DEADLINE);
  }

  private List<Path> left() throws IOException {
    try (var files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void aFileIsFetchedOnceAndOnlyItsOwnerMayReadIt() throws Exception {
    download("/whole").into(target(), listener);
    download("/whole").into(target(), listener);

    assertThat(Files.readAllBytes(target())).isEqualTo(content);
    assertThat(Files.getPosixFilePermissions(target())).isEqualTo(AtomicFiles.SECRET);
    assertThat(left()).containsExactly(target());
    assertThat(asked).containsExactly("null");
  }

  @Test
  void whatIsCutGoesOnWhereItWas() throws Exception {
    new Download(url("/cut"), Sha256.hex(content), content.length, Duration.ofSeconds(1))
        .into(target(), listener);

    assertThat(Files.readAllBytes(target())).isEqualTo(content);
    assertThat(asked).containsExactly("null", "bytes=100000-", "bytes=200000-");
    assertThat(told.stream().filter(line -> line.startsWith("begins")))
        .containsExactly("begins 0", "begins 100000", "begins 200000");
  }

  @Test
  void whatAnotherProcessHasLeftIsGoneOnWith() throws Exception {
    Files.write(part(), Arrays.copyOf(content, 250_000));
    download("/whole").into(target(), listener);
    Files.move(target(), part());
    download("/whole").into(target(), listener);

    assertThat(Files.readAllBytes(target())).isEqualTo(content);
    assertThat(asked).containsExactly("bytes=250000-");
  }

  @Test
  void whatWasLeftOfAnotherFileIsThrownAway() throws Exception {
    Files.write(part(), new byte[content.length]);
    download("/whole").into(target(), listener);

    assertThat(Files.readAllBytes(target())).isEqualTo(content);
    assertThat(told).contains("failed: the part that was here does not belong to it");
  }

  /// Such as the page of a captive portal.
  @Test
  void whatHasAnotherBeginningIsFetchedAnew() throws Exception {
    Files.write(part(), new byte[CUT]);
    download("/whole").into(target(), listener);

    assertThat(Files.readAllBytes(target())).isEqualTo(content);
    assertThat(asked).containsExactly("bytes=100000-", "null");
  }

  @Test
  void anotherFileThanWasMeantIsThrownAway() throws Exception {
    String wanted = "0".repeat(64);
    var download = new Download(url("/whole"), wanted, content.length, DEADLINE);

    assertThatThrownBy(() -> download.into(target(), listener))
        .isInstanceOf(WrongDigestException.class)
        .hasMessage("the SHA-256 is %s, not %s", Sha256.hex(content), wanted);
    assertThat(left()).isEmpty();
  }

  @Test
  void aTooLongOneIsNotFetched() throws Exception {
    var download = new Download(url("/whole"), Sha256.hex(content), content.length - 1, DEADLINE);

    assertThatThrownBy(() -> download.into(target(), listener))
        .hasMessage("it has more than 299999 bytes");
    assertThat(asked).hasSize(1);
    assertThat(left()).isEmpty();
  }

  @Test
  void oneThatDoesNotSayHowLongItIsEndsAtTheLimit() throws Exception {
    server.createContext(
        "/endless",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (var body = exchange.getResponseBody()) {
            while (true) {
              body.write(content);
            }
          }
        });
    var download = new Download(url("/endless"), Sha256.hex(content), 5_000_000, DEADLINE);

    assertThatThrownBy(() -> download.into(target(), listener))
        .hasMessage("it has more than 5000000 bytes");
    assertThat(left()).isEmpty();
  }

  @Test
  void oneForWhichThereIsNoSpaceIsNotFetched() throws Exception {
    server.createContext(
        "/huge",
        exchange -> {
          exchange.sendResponseHeaders(200, 1L << 60);
          exchange.getResponseBody().flush();
          awaitClosing();
        });
    var download = new Download(url("/huge"), Sha256.hex(content), Long.MAX_VALUE, DEADLINE);

    assertThatThrownBy(() -> download.into(target(), listener))
        .hasMessageStartingWith("the disk is full: 1152921504670 MB are needed, ")
        .hasMessageEndingWith(" MB are free at " + directory);
    assertThat(left()).isEmpty();
  }

  @Test
  void whereNothingComesAnyMoreItIsAskedAgain() throws Exception {
    var download =
        new Download(url("/stalls"), Sha256.hex(content), content.length, Duration.ofMillis(200));

    assertThatThrownBy(() -> download.into(target(), listener))
        .hasMessage("next to nothing came for 0 s");
    assertThat(told).hasSize(5); // three attempts, of which two are followed by another one
    assertThat(Files.size(part())).isEqualTo(CUT);
  }

  @Test
  void whoSendsNextToNothingIsNotWaitedFor() throws Exception {
    server.createContext(
        "/drips",
        exchange -> {
          exchange.sendResponseHeaders(200, content.length);
          try (exchange;
              var body = exchange.getResponseBody()) {
            for (int at = 0; !closed.await(20, MILLISECONDS); at++) {
              body.write(content, at, 1);
              body.flush();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    var download =
        new Download(url("/drips"), Sha256.hex(content), content.length, Duration.ofMillis(500));

    assertThatThrownBy(() -> download.into(target(), listener))
        .hasMessage("next to nothing came for 0 s");
  }

  /// The JDK's client reads such a body, without a limit of its own.
  @Test
  void aRedirectionWhoseBodyDoesNotComeIsGivenUp() throws Exception {
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().set("Location", url("/whole").toString());
          exchange.sendResponseHeaders(302, 145);
          exchange.getResponseBody().flush();
          awaitClosing();
        });
    var download =
        new Download(url("/moved"), Sha256.hex(content), content.length, Duration.ofMillis(200));

    assertThatThrownBy(() -> download.into(target(), listener)).hasMessage("no answer within 0 s");
  }

  @ParameterizedTest
  @CsvSource({"404, 1", "410, 1", "429, 3", "503, 3"})
  void anAnswerThatIsNoFileIsNamed(int status, int attempts) throws Exception {
    assertThatThrownBy(() -> download("/status/" + status).into(target(), listener))
        .hasMessage("the answer is " + status);
    assertThat(asked).hasSize(attempts);
    assertThat(left()).isEmpty();
  }

  @Test
  void whoIsNotReachedIsSaid() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var refused = URI.create("http://127.0.0.1:" + port + "/");
    var unknown = URI.create("http://nowhere.invalid/");

    assertThatThrownBy(
            () -> new Download(refused, "0".repeat(64), 1, DEADLINE).into(target(), listener))
        .hasMessage("the host takes no connection");
    assertThatThrownBy(
            () -> new Download(unknown, "0".repeat(64), 1, DEADLINE).into(target(), listener))
        .hasMessage("the host's name is not known");
  }

  @Test
  void anInterruptionEndsItAndLeavesWhatHasArrived() throws Exception {
    var ended = new CompletableFuture<Exception>();
    Thread fetching =
        Thread.ofVirtual()
            .start(() -> {
              try {
                download("/stalls").into(target(), listener);
              } catch (Exception e) {
                ended.complete(e);
              }
            });
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!Files.exists(part()) || Files.size(part()) < CUT) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.sleep(10);
    }
    fetching.interrupt();

    assertThat(ended.get(DEADLINE.toSeconds(), TimeUnit.SECONDS))
        .isInstanceOf(InterruptedException.class);
    assertThat(Files.size(part())).isEqualTo(CUT);
    assertThat(told).containsExactly("begins 0");
  }

  @Test
  void theListenerHearsHowMuchIsThereAndMayEndIt() throws Exception {
    var heard = new ArrayList<Long>();
    var ending =
        new Download.Listener() {
          @Override
          public void begins(long have) {}

          @Override
          public void has(long bytes, OptionalLong size) {
            heard.add(bytes);
            assertThat(size).hasValue(content.length);
            if (bytes >= CUT) {
              throw new CancellationException();
            }
          }

          @Override
          public void failed(IOException why) {}
        };

    assertThatThrownBy(() -> download("/whole").into(target(), ending))
        .isInstanceOf(CancellationException.class);
    assertThat(heard).isSorted();
    assertThat(Files.size(part())).isEqualTo(heard.getLast());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://host/file", "file:///etc/passwd", "/file", "http:///file"})
  void otherLocationsAreRefused(String location) {
    assertThatThrownBy(() -> new Download(URI.create(location), "0".repeat(64), 1, DEADLINE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
