package io.croft.app.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.runtime.CopyDirectory.Kept;
import io.croft.app.runtime.CopyDirectory.Keys;
import io.croft.fleet.agent.ServerLink;
import io.croft.fleet.agent.Standby;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.pki.KeyEncoding;
import io.croft.pki.PkiException;
import io.croft.pki.Recipient;
import io.croft.store.transfer.ChangeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Keeps the copy of the appliance that a server has joined: a snapshot of its store, and within
/// seconds all that changes in it and its keys. What it cannot do now it tries again.
final class StandbyCopy implements Standby {
  private static final Logger LOG = LoggerFactory.getLogger(StandbyCopy.class);
  private static final byte[] NOTHING = {};
  private static final Duration FIRST_WAIT = Duration.ofSeconds(5);
  private static final Duration LAST_WAIT = Duration.ofMinutes(2);

  /// How soon somebody may have approved it.
  private static final Duration NOT_ALLOWED_WAIT = Duration.ofSeconds(15);

  /// How often it is written down how far the copy is whole.
  private static final Duration MARK = Duration.ofSeconds(30);

  private static final Duration END = Duration.ofSeconds(10);

  /// A copy that has not been whole for so long is not current; in each answer are the changes of
  /// seconds.
  private static final Duration BEHIND = Duration.ofMinutes(1);

  /// Changes are thrown away for a new snapshot when they are longer than this and than it.
  private static final long MOST_CHANGES = 64 << 20;

  private final ServerLink link;
  private final String path;
  private final byte[] context;
  private final CopyDirectory directory;
  private final InstantSource clock;
  private final KeyOpener opener;
  private final Thread thread;
  private volatile String trouble = "there is no copy yet";
  private volatile Instant whole = Instant.MIN;
  private volatile String unreadable = "";
  private @Nullable Open open;

  /// How this host would read the keys of the authorities.
  @FunctionalInterface
  interface KeyOpener {
    KeyEncoding get() throws IOException, PkiException;
  }

  /// What is being added to.
  private static final class Open {
    private final ChangeFile changes;
    private Kept kept;

    /// Whether the appliance has not been asked since it was copied.
    private boolean fresh;

    Open(Kept kept, ChangeFile changes, boolean fresh) {
      this.kept = kept;
      this.changes = changes;
      this.fresh = fresh;
    }
  }

  /// @param key the fingerprint of this host's key
  StandbyCopy(
      ServerLink link,
      String machine,
      String key,
      Path dataDirectory,
      KeyOpener opener,
      InstantSource clock) {
    this.link = link;
    this.path =
        "/apis/%s/%s/machines/%s/copy".formatted(FleetKinds.GROUP, FleetKinds.VERSION, machine);
    this.context = CopyRoutes.context(machine, key);
    this.directory = CopyDirectory.of(dataDirectory);
    this.opener = opener;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("standby").unstarted(this::keep);
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public List<String> troubles() {
    if (!trouble.isEmpty()) {
      return List.of(trouble);
    }
    if (Duration.between(whole, clock.instant()).compareTo(BEHIND) > 0) {
      return List.of("the copy is behind: it was last whole at " + whole);
    }
    return unreadable.isEmpty() ? List.of() : List.of(unreadable);
  }

  private void keep() {
    Duration wait = FIRST_WAIT;
    try {
      while (true) {
        try {
          if (round()) {
            wait = FIRST_WAIT;
          }
        } catch (IOException | PkiException | RuntimeException e) {
          if (Thread.interrupted()) {
            return;
          }
          boolean refused = isRefusal(e); // as before it is approved, which is no trouble yet
          tell(String.valueOf(e.getMessage()), refused ? Level.INFO : Level.WARN);
          Thread.sleep(refused ? NOT_ALLOWED_WAIT : wait);
          wait = wait.compareTo(LAST_WAIT) < 0 ? wait.multipliedBy(2) : LAST_WAIT;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("the copy is closed");
    } finally {
      close(open);
    }
  }

  private static boolean isRefusal(Exception e) {
    return e instanceof StatusException refused
        && refused.status().code() == StatusReason.FORBIDDEN.code();
  }

  private void tell(String now, Level level) {
    if (!now.equals(trouble)) {
      trouble = now;
      if (now.isEmpty()) {
        LOG.info("the copy of the appliance is current");
      } else {
        LOG.atLevel(level)
            .addKeyValue("cause", now)
            .log("the copy of the appliance is not current");
      }
    }
  }

  /// @return whether the appliance has said what has changed
  private boolean round() throws IOException, InterruptedException, PkiException {
    Open present = open;
    if (present == null) {
      directory.clear();
      Optional<Kept> before = directory.kept();
      if (before.isPresent()) {
        unreadable = unreadable(directory.keys());
        begin(before.get(), false);
      } else {
        begin(snapshot(), true);
      }
      return false;
    }
    Instant now = clock.instant();
    byte[] answer;
    try {
      answer =
          link.ask(
              "GET",
              path
                  + "?after=%d&store=%s"
                      .formatted(present.changes.revision(), present.kept.store()),
              NOTHING);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.EXPIRED.code()) {
        throw e;
      }
      copyAnew(present);
      return false;
    }
    ObjectNode head = added(answer, present);
    if (!directory.keys().map(Keys::stamp).equals(Optional.of(head.path("stamp").asText()))) {
      takeKeys();
    }
    if (present.changes.revision() >= head.path("revision").asLong()) {
      mark(present, now);
      whole = now;
      tell("", Level.INFO);
    }
    long size = present.changes.bytes();
    if (size > MOST_CHANGES && size > Files.size(directory.snapshot(present.kept))) {
      begin(snapshot(), true);
    }
    return true;
  }

  /// The appliance has another store, or what has changed since is forgotten there.
  private void copyAnew(Open present) throws IOException, InterruptedException, PkiException {
    tell("the appliance's store is copied anew", Level.WARN);
    if (present.fresh) {
      present.fresh = false;
      throw new IOException("changes are forgotten there before the store is copied");
    }
    begin(snapshot(), true);
  }

  private ObjectNode added(byte[] answer, Open to) throws IOException {
    try {
      ObjectNode head = add(answer, to);
      to.fresh = false;
      return head;
    } catch (IOException | RuntimeException e) {
      close(to); // the file may have more than is known
      throw e;
    }
  }

  /// @return what stands before the changes
  private static ObjectNode add(byte[] answer, Open to) throws IOException {
    int end = 0;
    while (end < answer.length && answer[end] != '\n') {
      end++;
    }
    ObjectNode head = parsed(Arrays.copyOf(answer, end));
    if (end + 1 < answer.length) {
      to.changes.add(Arrays.copyOfRange(answer, end + 1, answer.length));
    }
    return head;
  }

  private static ObjectNode parsed(byte[] json) throws IOException {
    try {
      return Json.parseObject(json);
    } catch (MalformedJsonException e) {
      throw new IOException("the appliance's answer is not of its form", e);
    }
  }

  private void mark(Open present, Instant now) throws IOException {
    Kept before = present.kept;
    if (Duration.between(before.time(), now).abs().compareTo(MARK) >= 0) {
      var marked = new Kept(before.store(), before.begin(), present.changes.revision(), now);
      directory.write(marked);
      present.kept = marked;
    }
  }

  /// The keys come first, and say which store it is; if that is another one by the time that the
  /// snapshot comes, the question for changes is refused.
  private Kept snapshot() throws IOException, InterruptedException, PkiException {
    directory.create();
    String store = takeKeys();
    Instant begun = clock.instant();
    Kept taken;
    try {
      link.download(path, directory.part());
      taken = directory.take(store, begun);
    } finally {
      directory.clear();
    }
    LOG.atInfo()
        .addKeyValue("revision", taken.revision())
        .log("the appliance's store has been copied");
    return taken;
  }

  /// @param fresh whether it was copied just now
  private void begin(Kept from, boolean fresh) throws IOException {
    close(open);
    open = new Open(from, directory.open(from), fresh);
  }

  private void close(@Nullable Open present) {
    open = null;
    if (present != null) {
      try {
        present.changes.close();
      } catch (IOException e) {
        LOG.warn("the file of changes cannot be closed", e);
      }
    }
  }

  /// @return which store the appliance has
  private String takeKeys() throws IOException, InterruptedException, PkiException {
    var recipient = Recipient.generate();
    ObjectNode question =
        Json.object()
            .put("publicKey", Base64.getEncoder().encodeToString(recipient.publicKey()))
            .put("have", directory.keys().map(Keys::stamp).orElse(""));
    ObjectNode answer = parsed(link.ask("POST", path, Json.bytes(question)));
    if (answer.has("sealed")) {
      byte[] sealed = Base64.getDecoder().decode(answer.path("sealed").asText());
      ObjectNode files = parsed(recipient.open(sealed, context));
      var keys = new Keys(answer.path("stamp").asText(), files);
      directory.write(keys);
      unreadable = unreadable(Optional.of(keys));
    }
    return answer.path("store").asText();
  }

  /// @return why this host could not be the appliance with these keys, or nothing
  private String unreadable(Optional<Keys> keys) {
    if (keys.isEmpty()) {
      return "";
    }
    try {
      IdentityFiles.requireReadable(keys.get().files(), opener.get());
      return "";
    } catch (NoSuchFileException e) {
      return "this host could not read the authorities' keys: there is no " + e.getMessage();
    } catch (IOException | PkiException e) {
      return "this host could not read the authorities' keys: " + e.getMessage();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    if (!thread.isAlive()) {
      return;
    }
    try {
      thread.join(END);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
