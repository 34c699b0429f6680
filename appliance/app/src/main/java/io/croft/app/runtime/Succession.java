package io.croft.app.runtime;

import io.croft.base.Component;
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
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Does not let an appliance start whose place another server has taken meanwhile: two with the
/// same authorities and different state would both be believed. Asks those that are approved for
/// it; whoever does not answer has not. Reads the store itself, as this has to be known before
/// anything is served from it.
final class Succession implements Component {
  private static final Bytes MACHINES = Bytes.utf8("/registry/" + FleetKinds.GROUP + "/machines/");
  private static final String NODES = "/registry/minions/";

  private final Store store;
  private final IntSupplier port;
  private final Supplier<List<X509Certificate>> roots;
  private final InstantSource clock;

  /// @param port where this appliance serves, and another one would; 0 where it is not known yet
  Succession(
      Store store, IntSupplier port, Supplier<List<X509Certificate>> roots, InstantSource clock) {
    this.store = store;
    this.port = port;
    this.roots = roots;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "succession";
  }

  @Override
  public void start() throws IOException, InterruptedException {
    var serving = new ConcurrentLinkedQueue<URI>();
    var questions = new ArrayList<Thread>();
    for (URI server : servers()) {
      questions.add(Thread.ofVirtual().name("succession").start(() -> ask(server, serving)));
    }
    for (Thread question : questions) {
      question.join();
    }
    if (!serving.isEmpty()) {
      throw new IOException(
          ("%s has taken this appliance's place, and serves. Have this host join it, with another"
                  + " data directory (--data-dir); or stop that one, if its state is to be"
                  + " forgotten")
              .formatted(serving.peek()));
    }
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
        .flatMap(node -> Servers.url(node, port.getAsInt()).stream())
        .toList();
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
