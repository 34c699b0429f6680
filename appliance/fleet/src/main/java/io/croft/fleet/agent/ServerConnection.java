package io.croft.fleet.agent;

import io.croft.base.AtomicFiles;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Status;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The way to the appliance's API with the host's certificate. A connection that has failed is not
/// used again: after a change of address, it may be half open for minutes. Thread-safe.
final class ServerConnection implements HttpHandler, ServerLink {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(8);

  /// For an answer that may be waited for there, too.
  private static final Duration LONG_TIMEOUT = Duration.ofSeconds(30);

  private static final int MAX_BYTES = 16 << 20;

  /// How long a download may stand still.
  private static final Duration STANDSTILL = Duration.ofSeconds(30);

  private static final int OK = 200;

  /// What the client sets by itself.
  private static final Set<String> OWN_HEADERS = Set.of("host", "content-length", "connection");

  private final NodeDirectory directory;
  private final Membership membership;
  private final InstantSource clock;
  private volatile HttpClient http;

  ServerConnection(NodeDirectory directory, Membership membership, InstantSource clock)
      throws IOException, JoinException {
    this.directory = directory;
    this.membership = membership;
    this.clock = clock;
    this.http = open();
  }

  private HttpClient open() throws IOException, JoinException {
    try {
      var trust = new RootTrust(directory.authorities(), clock);
      return HttpClient.newBuilder()
          .sslContext(trust.context(directory.identity()))
          .connectTimeout(CONNECT)
          .build();
    } catch (GeneralSecurityException e) {
      throw new JoinException("cannot use the host's certificate: " + e.getMessage(), e);
    }
  }

  /// Begins anew, with the certificates that are in the directory now.
  void renew() throws IOException, JoinException {
    HttpClient before = http;
    http = open();
    before.shutdown(); // what is under way comes to its end
  }

  @Override
  public HttpResponse handle(io.croft.base.http.HttpRequest request) {
    try {
      var response = send(translated(request).timeout(TIMEOUT).build());
      String type = response.headers().firstValue("content-type").orElse("");
      return HttpResponse.of(response.statusCode(), type, response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  @Override
  public byte[] ask(String method, String path, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(method, path, body).timeout(LONG_TIMEOUT);
    if (body.length > 0) {
      request.header("content-type", "application/json");
    }
    var response = send(request.build());
    if (response.statusCode() != OK) {
      throw refusal(response);
    }
    return response.body();
  }

  private java.net.http.HttpResponse<byte[]> send(HttpRequest request)
      throws IOException, InterruptedException {
    HttpClient client = http;
    var answer =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
    try {
      // The request's own limit ends with the answer's head: a body may stand still forever.
      return answer.get(LONG_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      replace(client);
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (TimeoutException e) {
      replace(client);
      throw new IOException("no answer within " + LONG_TIMEOUT.toSeconds() + " s", e);
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void download(String path, Path file) throws IOException, InterruptedException {
    Files.deleteIfExists(file);
    Files.createFile(file, PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET));
    HttpClient client = http;
    var answer =
        client.sendAsync(
            HttpRequest.newBuilder(URI.create(membership.server() + path)).build(),
            head -> body(head.statusCode(), file));
    try {
      var response = whole(answer, file);
      if (response.statusCode() != OK) {
        throw refusal(response);
      }
    } catch (IOException e) {
      replace(client);
      throw e;
    } finally {
      answer.cancel(true);
    }
  }

  private static BodySubscriber<byte[]> body(int status, Path file) {
    return status == OK
        ? BodySubscribers.mapping(
            BodySubscribers.ofFile(file, StandardOpenOption.WRITE), _ -> new byte[0])
        : BodySubscribers.limiting(BodySubscribers.ofByteArray(), MAX_BYTES);
  }

  /// Waits for as long as the file grows.
  private static <T> T whole(Future<T> answer, Path file) throws IOException, InterruptedException {
    long before = -1;
    for (long size = 0; size > before; size = Files.size(file)) {
      before = size;
      try {
        return answer.get(STANDSTILL.toSeconds(), TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new IOException("the download has failed: " + e.getMessage(), e);
      } catch (TimeoutException e) {
        // Has it grown?
      }
    }
    throw new IOException("no more came for %d s".formatted(STANDSTILL.toSeconds()));
  }

  private static StatusException refusal(java.net.http.HttpResponse<byte[]> response)
      throws IOException {
    try {
      return new StatusException(Status.parse(Json.parseObject(response.body())));
    } catch (MalformedJsonException e) {
      throw new IOException("the appliance answers with status " + response.statusCode(), e);
    }
  }

  private synchronized void replace(HttpClient failed) {
    if (!failed.equals(http)) {
      return;
    }
    try {
      http = open();
      failed.shutdownNow();
    } catch (IOException | JoinException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  private HttpRequest.Builder translated(io.croft.base.http.HttpRequest request)
      throws IOException {
    String query = request.query().encode();
    String target = request.path() + (query.isEmpty() ? "" : "?" + query);
    var builder = request(request.method(), target, request.body().readAll(MAX_BYTES));
    request
        .headers()
        .forEach((name, value) -> {
          if (!OWN_HEADERS.contains(name)) {
            builder.header(name, value);
          }
        });
    return builder;
  }

  private HttpRequest.Builder request(String method, String target, byte[] body) {
    return HttpRequest.newBuilder(URI.create(membership.server() + target))
        .method(
            method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
  }

  void close() {
    http.shutdownNow();
  }
}
