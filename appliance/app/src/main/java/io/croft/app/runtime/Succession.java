package io.croft.app.runtime;

import io.croft.base.AtomicFiles;
import io.croft.base.Component;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.Standing;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.Servers;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.store.Bytes;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does not let an appliance start whose place another server has taken meanwhile: two with the
/// same authorities and different state would both be believed. Asks those that are approved for
/// it, and who had the place before; whoever does not answer does not serve. What has been learned
/// is written down, as the same question may find nobody the next time. Reads the store itself, as
/// this has to be known before anything is served from it.
public final class Succession implements Component {
  private static final Bytes MACHINES = Bytes.utf8("/registry/" + FleetKinds.GROUP + "/machines/");
  private static final String NODES = "/registry/minions/";

  private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

  private final Store store;
  private final Path dataDirectory;
  private final IntSupplier port;
  private final Supplier<List<X509Certificate>> roots;
  private final InstantSource clock;

  /// @param port where this appliance serves, and another one would; 0 where it is not known yet
  Succession(
      Store store,
      Path dataDirectory,
      IntSupplier port,
      Supplier<List<X509Certificate>> roots,
      InstantSource clock) {
    this.store = store;
    this.dataDirectory = dataDirectory;
    this.port = port;
    this.roots = roots;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "succession";
  }

  @Override
  public void start() throws IOException, InterruptedException, JoinException {
    Path note = note(dataDirectory);
    Optional<URI> successor = serving(servers());
    if (successor.isPresent()) {
      AtomicFiles.write(note, successor.get() + "\n", AtomicFiles.SECRET);
    }
    Optional<String> replaced = successor(dataDirectory);
    if (replaced.isPresent()) {
      throw refusal(
          ("%s has taken this appliance's place. Have this host join it, with another data"
                  + " directory (--data-dir); or, if the state of that one is to be forgotten, stop"
                  + " it, and remove %s")
              .formatted(replaced.get(), note));
    }
    Optional<URI> predecessor =
        serving(NodeDirectory.at(dataDirectory).predecessor().stream().toList());
    if (predecessor.isPresent()) {
      throw refusal(
          predecessor.get()
              + " still serves, whose place this appliance has taken: stop it, or have this host"
              + " join it, with another data directory (--data-dir)");
    }
  }

  private static ReplacedException refusal(String message) {
    // Whoever starts it is told anyway; the log is for who looks later.
    LOG.atInfo().addKeyValue("cause", message).log("this appliance does not start");
    return new ReplacedException(message);
  }

  private static Path note(Path dataDirectory) {
    return dataDirectory.resolve("replaced");
  }

  /// Who has taken an appliance's place, as it has learned.
  public static Optional<String> successor(Path dataDirectory) throws IOException {
    Path note = note(dataDirectory);
    return Files.exists(note) ? Optional.of(Files.readString(note).strip()) : Optional.empty();
  }

  private Optional<URI> serving(List<URI> servers) throws InterruptedException {
    var serving = new ConcurrentLinkedQueue<URI>();
    var questions = new ArrayList<Thread>();
    for (URI server : servers) {
      questions.add(Thread.ofVirtual().name("succession").start(() -> ask(server, serving)));
    }
    for (Thread question : questions) {
      question.join();
    }
    return Optional.ofNullable(serving.peek());
  }

  private void ask(URI server, Queue<URI> serving) {
    try {
      if (Standing.serves(server, roots.get(), clock)) {
        serving.add(server);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<URI> servers() {
    return store.range(RangeRequest.prefix(MACHINES)).kvs().stream()
        .flatMap(found -> object(found.value()).stream())
        .filter(Servers::isApproved)
        .flatMap(machine -> node(machine.name()).stream())
        .flatMap(this::urls)
        .distinct()
        .toList();
  }

  /// This appliance may serve at another port than it did when the hosts were told where to go.
  private Stream<URI> urls(ApiObject node) {
    return Stream.concat(Servers.url(node, port.getAsInt()).stream(), Servers.told(node).stream());
  }

  private Optional<ApiObject> node(String name) {
    return store.range(RangeRequest.key(Bytes.utf8(NODES + name))).kvs().stream()
        .findFirst()
        .flatMap(found -> object(found.value()));
  }

  private static Optional<ApiObject> object(Bytes json) {
    try {
      return Optional.of(ApiObject.of(Json.parseObject(json.array())));
    } catch (MalformedJsonException e) {
      return Optional.empty(); // of another engine, and another encoding
    }
  }

  @Override
  public void stop() {}
}
