package io.croft.certificates.acme.protocol;

import io.croft.pki.PkiException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Account;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.connector.Connection;
import org.shredzone.acme4j.connector.DefaultConnection;
import org.shredzone.acme4j.connector.HttpConnector;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;
import org.shredzone.acme4j.toolbox.JSON;

/// The way to one server: remembers its directory and nonces. Answers are bounded in size and time.
/// Thread-safe; one request at a time is under way.
public final class AcmeConnection implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration DIRECTORY_LIFE = Duration.ofHours(1);
  private static final long MAX_ANSWER_BYTES = 1 << 20;
  private static final String MAILTO = "mailto:";

  private final Session session;
  private final HttpClient http;
  private final AcmeRequests requests;

  /// @throws PkiException when the server's authorities cannot be read
  public AcmeConnection(AcmeServer server, AcmeRequests requests) throws PkiException {
    this.requests = requests;
    var builder =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(ProxySelector.getDefault());
    if (server.unverified()) {
      builder.sslContext(ServerTrust.anybody());
    } else if (!server.trusted().isEmpty()) {
      builder.sslContext(ServerTrust.only(server.trusted()));
    }
    this.http = builder.build();
    this.session = new Session(server.directory(), new Provider());
    session.networkSettings().setTimeout(TIMEOUT);
    session.networkSettings().setCompressionEnabled(false); // sizes are bounded as they come
    session.setLocale(Locale.ENGLISH);
  }

  /// An account's name with another service of the same provider, and the key that proves it.
  ///
  /// @param algorithm `HS256`, `HS384` or `HS512`
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  public record Binding(String keyId, byte[] key, String algorithm) {}

  /// An account as its server has it.
  ///
  /// @param url its name
  /// @param email empty when it has none
  public record Registration(String url, String email) {}

  /// Registers the key, or finds the account that it has already; agrees to the server's terms, and
  /// makes the address known.
  ///
  /// @param email may be empty
  public Registration register(KeyPair key, String email, @Nullable Binding binding)
      throws AcmeProblem {
    return AcmeCalls.of(() -> {
      var builder = new AccountBuilder().agreeToTermsOfService().useKeyPair(key);
      if (!email.isEmpty()) {
        builder.addContact(contact(email));
      }
      if (binding != null) {
        builder
            .withKeyIdentifier(binding.keyId(), new SecretKeySpec(binding.key(), "HMAC"))
            .withMacAlgorithm(binding.algorithm());
      }
      Account account = builder.createLogin(session).getAccount();
      if (!contact(account).equalsIgnoreCase(email)) {
        changeContact(account, email);
      }
      return new Registration(account.getLocation().toString(), email);
    });
  }

  private static void changeContact(Account account, String email) throws AcmeException {
    var change = account.modify();
    change.getContacts().clear();
    if (!email.isEmpty()) {
      change.addContact(contact(email));
    }
    change.commit();
  }

  private static URI contact(String email) {
    return URI.create(MAILTO + email.toLowerCase(Locale.ROOT));
  }

  private static String contact(Account account) {
    return account.getContacts().stream()
        .map(URI::toString)
        .filter(c -> c.startsWith(MAILTO))
        .map(c -> c.substring(MAILTO.length()))
        .findFirst()
        .orElse("");
  }

  /// An account that is registered.
  ///
  /// @param url as [#register] named it
  public AcmeAccount account(String url, KeyPair key) throws AcmeProblem {
    return AcmeCalls.of(() -> new AcmeAccount(new Login(AcmeCalls.url(url), key, session), key));
  }

  /// Requests that are under way still end.
  @Override
  public void close() {
    http.shutdown();
  }

  private final class Provider extends GenericAcmeProvider {
    private long readNanos;

    @Override
    public HttpClient createHttpClient(NetworkSettings settings) {
      return http;
    }

    /// The library would read it again before every request of a server that says nothing about
    /// caching.
    @Override
    public @Nullable JSON directory(Session session, URI server) throws AcmeException {
      synchronized (this) {
        boolean fresh = System.nanoTime() - readNanos < DIRECTORY_LIFE.toNanos();
        if (session.hasDirectory() && fresh) {
          return null;
        }
      }
      JSON directory = super.directory(session, server);
      synchronized (this) {
        readNanos = System.nanoTime();
      }
      return directory;
    }

    @Override
    public Connection connect(URI server, NetworkSettings settings, HttpClient client) {
      return new BoundedConnection(createHttpConnector(settings, client), requests);
    }
  }

  /// Reads whole answers before it lets them be parsed, so that a server can neither fill memory
  /// nor keep a thread.
  private static final class BoundedConnection extends DefaultConnection {
    private static final BodyHandler<InputStream> BOUNDED =
        BodyHandlers.limiting(
            head -> BodySubscribers.mapping(BodySubscribers.ofByteArray(), BoundedConnection::in),
            MAX_ANSWER_BYTES);

    private final AcmeRequests requests;

    BoundedConnection(HttpConnector connector, AcmeRequests requests) {
      super(connector);
      this.requests = requests;
    }

    private static InputStream in(byte[] body) {
      return new ByteArrayInputStream(body);
    }

    @Override
    protected void sendRequest(Session session, URL url, Consumer<HttpRequest.Builder> body)
        throws IOException {
      HttpRequest.Builder request =
          httpConnector
              .createRequestBuilder(url)
              .header("Accept-Charset", "utf-8")
              .header("Accept-Language", session.getLanguageHeader());
      body.accept(request);
      HttpRequest built = request.build();
      var sent = httpClient.sendAsync(built, BOUNDED);
      int status = 0;
      try {
        HttpResponse<InputStream> response = sent.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        status = response.statusCode();
        lastResponse = response;
      } catch (ExecutionException e) {
        throw new IOException(e.getCause());
      } catch (TimeoutException e) {
        sent.cancel(true);
        throw new IOException("no answer within " + TIMEOUT.toSeconds() + " s", e);
      } catch (InterruptedException e) {
        sent.cancel(true);
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      } finally {
        requests.count(built.uri(), built.method(), status);
      }
    }
  }
}
