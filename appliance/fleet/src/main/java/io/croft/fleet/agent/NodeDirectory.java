package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.fleet.proof.Role;
import io.croft.fleet.proof.Transcript;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.Identity;
import io.croft.pki.KeyPairs;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/// What a host keeps about itself, in `node` of its data directory:
///
/// | file | what it is |
/// |---|---|
/// | `key.pem` | who the host is; made here, and never leaves |
/// | `certificate.pem` | as whom the appliance knows it |
/// | `authorities.pem` | by which it knows the appliance |
/// | `node.json` | name, role, where the appliance is, who may take its place, since when, and the end of it; written last: what joined has it |
/// | `next/` | the same of who the host is about to become; whole once it has a `node.json` |
/// | `before/` | the same of who the host was before it became another one |
public final class NodeDirectory {
  private static final String MEMBERSHIP = "node.json";
  private static final List<String> IDENTITY =
      List.of("key.pem", "certificate.pem", "authorities.pem");

  private final Path directory;

  private NodeDirectory(Path directory) {
    this.directory = directory;
  }

  /// Ends a change of who the host is that was interrupted. For who has the data directory.
  public static NodeDirectory open(Path dataDirectory) throws IOException {
    NodeDirectory opened = at(dataDirectory);
    opened.becomeNext();
    return opened;
  }

  /// To look at, while another process may have the data directory.
  public static NodeDirectory at(Path dataDirectory) {
    return new NodeDirectory(dataDirectory.resolve("node"));
  }

  /// Where the host joins as somebody else, with another key; nothing of one that has failed to is
  /// left there.
  public NodeDirectory next() throws IOException {
    Path next = directory.resolve("next");
    for (String file : IDENTITY) {
      Files.deleteIfExists(next.resolve(file));
    }
    return new NodeDirectory(next);
  }

  /// Makes the host the one that has joined in [#next], if one has. What it was is kept in
  /// `before`. May be interrupted after each file, and goes on where it was.
  public void becomeNext() throws IOException {
    Path next = directory.resolve("next");
    if (Files.notExists(next.resolve(MEMBERSHIP))) {
      return;
    }
    Path before = directory.resolve("before");
    AtomicFiles.ensurePrivateDirectory(before);
    for (String file : Stream.concat(IDENTITY.stream(), Stream.of(MEMBERSHIP)).toList()) {
      if (Files.exists(next.resolve(file))) {
        if (Files.exists(directory.resolve(file))) {
          move(directory.resolve(file), before.resolve(file));
        }
        move(next.resolve(file), directory.resolve(file));
      }
    }
    AtomicFiles.syncDirectory(before);
    AtomicFiles.syncDirectory(directory);
    AtomicFiles.syncDirectory(next);
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// As whom a host has joined, and where.
  ///
  /// @param server `https://HOST:PORT`
  public record Membership(URI server, String name, Role role) {}

  /// What became of a membership.
  ///
  /// @param since when the host joined; empty where a version has joined that did not note it
  /// @param end of the membership; empty while it lasts
  public record Course(Optional<Instant> since, Optional<End> end) {}

  /// @param reason the appliance's, in one line
  public record End(Instant time, String reason) {}

  /// Empty before the host has joined.
  public Optional<Membership> membership() throws IOException, JoinException {
    return read(json ->
        new Membership(
            URI.create(json.path("server").asText()),
            json.path("name").asText(),
            Role.of(json.path("role").asText()).orElse(Role.AGENT)));
  }

  /// Empty before the host has joined.
  public Optional<Course> course() throws IOException, JoinException {
    return read(json ->
        new Course(
            time(json.path("joined")),
            time(json.at("/ended/time"))
                .map(time -> new End(time, json.at("/ended/reason").asText()))));
  }

  /// Where those serve that may take the appliance's place.
  List<URI> servers() throws IOException, JoinException {
    return urls("servers");
  }

  private List<URI> urls(String field) throws IOException, JoinException {
    return read(
            json -> {
              var urls = new ArrayList<URI>();
              json.path(field).forEach(url -> urls.add(URI.create(url.asText())));
              return List.copyOf(urls);
            })
        .orElse(List.of());
  }

  void writeServers(List<URI> servers) throws IOException, JoinException {
    change(json -> put(json, "servers", servers));
  }

  private static void put(ObjectNode json, String field, List<URI> urls) {
    json.remove(field);
    if (!urls.isEmpty()) {
      ArrayNode list = json.putArray(field);
      urls.forEach(url -> list.add(url.toString()));
    }
  }

  /// The appliance is somewhere else from now on; it is the same one.
  public void move(URI server) throws IOException, JoinException {
    List<URI> former = new ArrayList<>(formerServers());
    membership().ifPresent(now -> former.add(now.server()));
    former.removeIf(server::equals);
    change(json -> {
      json.put("server", server.toString());
      put(json, "formerServers", former.stream().distinct().toList());
    });
  }

  /// Where the appliance was before it was somewhere else, the first one first.
  public List<URI> formerServers() throws IOException, JoinException {
    return urls("formerServers");
  }

  /// Where the appliance was that this host has taken the place of.
  public Optional<URI> predecessor() throws IOException, JoinException {
    return membership().isPresent()
        ? Optional.empty()
        : new NodeDirectory(directory.resolve("before"))
            .membership()
            .filter(before -> before.role() == Role.SERVER)
            .map(Membership::server);
  }

  /// The host has joined nowhere from now on. What it was is kept in `before`. May be interrupted,
  /// and repeated: `node.json` goes first.
  public void leave() throws IOException {
    Path before = directory.resolve("before");
    AtomicFiles.ensurePrivateDirectory(before);
    for (String file : Stream.concat(Stream.of(MEMBERSHIP), IDENTITY.stream()).toList()) {
      if (Files.exists(directory.resolve(file))) {
        move(directory.resolve(file), before.resolve(file));
      }
    }
    AtomicFiles.syncDirectory(before);
    AtomicFiles.syncDirectory(directory);
  }

  private static Optional<Instant> time(JsonNode text) {
    return text.isTextual() ? Optional.of(Instant.parse(text.asText())) : Optional.empty();
  }

  private <T> Optional<T> read(Function<ObjectNode, T> part) throws IOException, JoinException {
    Path file = directory.resolve(MEMBERSHIP);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(part.apply(Json.parseObject(Files.readAllBytes(file))));
    } catch (MalformedJsonException | IllegalArgumentException | DateTimeException e) {
      throw new JoinException(file + " is damaged; join again, with a token, after removing it", e);
    }
  }

  /// Notes that the appliance knows this host no more, or, with nothing, that it does again.
  public void writeEnd(Optional<End> end) throws IOException, JoinException {
    change(json -> {
      json.remove("ended");
      end.ifPresent(
          e -> json.putObject("ended").put("time", e.time().toString()).put("reason", e.reason()));
    });
  }

  /// Of a host that has joined; there is nothing to change of another one.
  private void change(Consumer<ObjectNode> change) throws IOException, JoinException {
    Optional<ObjectNode> noted = read(json -> json);
    if (noted.isPresent()) {
      change.accept(noted.get());
      write(noted.get());
    }
  }

  /// Of the host's key, which is made when there is none.
  public String fingerprint() throws IOException, JoinException {
    return Transcript.fingerprint(key().getPublic());
  }

  /// The host's key, made when there is none.
  KeyPair key() throws IOException, JoinException {
    Path file = directory.resolve("key.pem");
    if (Files.notExists(file)) {
      AtomicFiles.ensurePrivateDirectory(directory);
      KeyPair made = KeyPairs.generate();
      AtomicFiles.write(file, Pem.encode(made.getPrivate()), AtomicFiles.SECRET);
      return made;
    }
    AtomicFiles.narrow(file, AtomicFiles.SECRET);
    try {
      return KeyPairs.of(Pem.privateKey(Files.readString(file)));
    } catch (PkiException e) {
      throw new JoinException(file + " " + e.getMessage(), e);
    }
  }

  /// What the host logs in with.
  Identity identity() throws IOException, JoinException {
    Path file = directory.resolve("certificate.pem");
    try {
      return new Identity(key().getPrivate(), Pem.certificates(Files.readString(file)));
    } catch (PkiException e) {
      throw new JoinException(file + " " + e.getMessage(), e);
    }
  }

  /// By which the appliance is known.
  List<X509Certificate> authorities() throws IOException, JoinException {
    Path file = directory.resolve("authorities.pem");
    try {
      return Pem.certificates(Files.readString(file));
    } catch (PkiException e) {
      throw new JoinException(file + " " + e.getMessage(), e);
    }
  }

  void writeCertificate(String pem) throws IOException {
    AtomicFiles.write(directory.resolve("certificate.pem"), pem, AtomicFiles.PUBLIC);
  }

  void writeAuthorities(String pem) throws IOException {
    AtomicFiles.write(directory.resolve("authorities.pem"), pem, AtomicFiles.PUBLIC);
  }

  /// @param joined when
  void writeMembership(Membership membership, Instant joined) throws IOException {
    write(
        Json.object()
            .put("server", membership.server().toString())
            .put("name", membership.name())
            .put("role", membership.role().text())
            .put("joined", joined.truncatedTo(ChronoUnit.SECONDS).toString()));
  }

  private void write(ObjectNode json) throws IOException {
    AtomicFiles.write(directory.resolve(MEMBERSHIP), Json.text(json) + "\n", AtomicFiles.PUBLIC);
  }
}
