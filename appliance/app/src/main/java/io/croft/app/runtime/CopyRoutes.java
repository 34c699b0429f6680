package io.croft.app.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import io.croft.pki.PkiException;
import io.croft.pki.Recipient;
import io.croft.security.AuthorizedHandler;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.store.StoreException;
import io.croft.store.embedded.EmbeddedStore;
import io.croft.store.transfer.Changes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;

/// What a host gets that was approved to keep a copy of this appliance, at
/// `/apis/fleet.croft.io/v1alpha1/machines/NAME/copy`:
///
/// | request | answer |
/// |---|---|
/// | `GET` | a snapshot of the store, as it is written |
/// | `GET ?after=REVISION&store=ID` | after up to 5 s a line `{"revision": …, "stamp": …}`, up to where there is something and which files there are, and what was changed since ([Changes]); 410 when that is no longer known, or was in another store |
/// | `POST {"publicKey": …, "have": STAMP}` | `{"store": …, "stamp": …, "sealed": …}`: the [IdentityFiles], sealed to that key for this host; without them when it has these |
final class CopyRoutes implements AuthorizedHandler {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// A store that is written to all the time is asked once in this time.
  private static final Duration GATHERING = Duration.ofSeconds(2);

  private static final int MAX_CHANGES = 4 << 20;
  private static final int MAX_BODY = 4 << 10;

  /// How often the files are read anew that are changed meanwhile.
  private static final int ATTEMPTS = 5;

  private final Supplier<EmbeddedStore> store;
  private final Path root;
  private final Hosts hosts;
  private final AuthorizedHandler others;

  /// Tells who gets a copy.
  @FunctionalInterface
  interface Hosts {
    /// @return the fingerprint of the host's key
    /// @throws io.croft.model.StatusException when it gets none
    String requireStandby(HttpRequest request, UserInfo user, String machine);
  }

  /// @param root the data directory
  /// @param others answers requests for anything else
  CopyRoutes(Supplier<EmbeddedStore> store, Path root, Hosts hosts, AuthorizedHandler others) {
    this.store = store;
    this.root = root;
    this.hosts = hosts;
    this.others = others;
  }

  /// What sealed keys are bound to.
  ///
  /// @param key the fingerprint of the host's key
  static byte[] context(String machine, String key) {
    return "croft copy v1\n%s\n%s".formatted(machine, key).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    RequestInfo info = context.info();
    boolean copy =
        info.resource()
            && info.group().equals(FleetKinds.GROUP)
            && info.plural().equals(FleetKinds.MACHINES.resource())
            && info.subresource().equals("copy");
    if (!copy) {
      return others.handle(request, context);
    }
    String key = hosts.requireStandby(request, context.user(), info.name());
    return switch (request.method()) {
      case "GET" -> {
        Optional<String> after = request.query().first("after");
        yield after.isPresent()
            ? changes(after.get(), request.query().first("store").orElse(""))
            : StoreRoutes.snapshot(store.get());
      }
      case "POST" -> keys(request, context, key);
      default -> throw Statuses.methodNotAllowed();
    };
  }

  private static String id(EmbeddedStore store) {
    return Long.toHexString(store.id());
  }

  private HttpResponse changes(String after, String id) {
    EmbeddedStore opened = store.get();
    if (!id.equals(id(opened))) {
      throw Statuses.expired("the appliance has another store");
    }
    try {
      ObjectNode head =
          Json.object().put("revision", opened.revision()).put("stamp", IdentityFiles.stamp(root));
      byte[] changes =
          Changes.after(StoreRoutes.revision(after), opened, PATIENCE, GATHERING, MAX_CHANGES);
      var answer = new ByteArrayOutputStream();
      answer.writeBytes(Json.bytes(head));
      answer.write('\n');
      answer.writeBytes(changes);
      return HttpResponse.of(200, "application/octet-stream", answer.toByteArray());
    } catch (IOException e) {
      throw Statuses.serviceUnavailable("the keys cannot be read just now");
    } catch (StoreException.Compacted | StoreException.FutureRevision e) {
      throw Statuses.expired(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Statuses.serviceUnavailable("the appliance stops");
    }
  }

  private HttpResponse keys(HttpRequest request, RequestContext context, String key) {
    ObjectNode asked = asked(request);
    try {
      byte[] recipient = Base64.getDecoder().decode(asked.path("publicKey").asText());
      String stamp = IdentityFiles.stamp(root);
      ObjectNode answer = Json.object().put("store", id(store.get())).put("stamp", stamp);
      if (!stamp.equals(asked.path("have").asText())) {
        byte[] bound = context(context.info().name(), key);
        byte[] sealed = Recipient.seal(Json.bytes(unchanged(stamp)), recipient, bound);
        context.annotations().accept("fleet.croft.io/copy", "keys given to the key " + key);
        answer.put("sealed", Base64.getEncoder().encodeToString(sealed));
      }
      return HttpResponse.of(200, "application/json", Json.bytes(answer));
    } catch (IllegalArgumentException | PkiException e) {
      throw Statuses.badRequest("publicKey: must be a public key of X25519, in Base64");
    } catch (IOException e) {
      throw Statuses.serviceUnavailable("the keys cannot be read just now");
    }
  }

  private static ObjectNode asked(HttpRequest request) {
    try {
      return Json.parseObject(request.body().readAll(MAX_BODY));
    } catch (MalformedJsonException | IOException e) {
      throw Statuses.badRequest("the body must be a JSON object of at most 4 KiB");
    }
  }

  /// The files of one moment.
  private ObjectNode unchanged(String stamp) throws IOException {
    String before = stamp;
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<ObjectNode> files = read();
      String now = IdentityFiles.stamp(root);
      if (files.isPresent() && now.equals(before)) {
        return files.get();
      }
      before = now;
    }
    throw new IOException("they change all the time");
  }

  private Optional<ObjectNode> read() throws IOException {
    try {
      return Optional.of(IdentityFiles.read(root));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
