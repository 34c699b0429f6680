package io.croft.fleet.agent;

import io.croft.client.ApiClient;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.component.HostComponents;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What runs on a host that has joined: heartbeats, the renewal of its certificate, the connection
/// over which the appliance asks it, the software that it should have, and on a server the copy of
/// the appliance. It goes on whatever happens, but for two things: that the appliance knows the
/// host no more, and that another server has taken its place.
public final class NodeAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  /// So often another certificate is asked for when the one at hand is not accepted.
  private static final Duration JOIN_AGAIN = Duration.ofMinutes(1);

  private static final int UNAUTHORIZED = 401;

  private final ServerConnection connection;

  /// For what takes long: a failure of the one must not end what the other does.
  private final ServerConnection bulk;

  private final Heartbeat heartbeat;
  private final CertificateRenewal renewal;
  private final Tunnel tunnel;
  private final HostComponents components;
  private final Optional<Standby> standby;
  private final Successors successors;
  private final Contact contact;
  private String complaint = "";
  private long joinedAgainNanos = System.nanoTime() - JOIN_AGAIN.toNanos();

  /// The program that the agent is part of.
  ///
  /// @param dataDirectory where its state is
  /// @param controlPlane what it is besides; empty where it is an agent alone
  /// @param standby what keeps a copy of the appliance that is reached so; empty where nothing does
  /// @param engine what runs containers
  public record Program(
      Path dataDirectory,
      String version,
      Supplier<Optional<OwnControlPlane>> controlPlane,
      Function<ServerLink, Optional<Standby>> standby,
      HostEngine engine) {}

  public NodeAgent(
      NodeDirectory directory,
      Membership membership,
      Program program,
      InstantSource clock,
      Contact contact)
      throws IOException, JoinException {
    this.connection = new ServerConnection(directory, membership, clock);
    this.bulk = new ServerConnection(directory, membership, clock);
    this.standby = program.standby().apply(bulk);
    program.engine().reach(connection);
    var client = new ApiClient(connection, "croft-node");
    var inventory = new Inventory(program.version(), program.controlPlane());
    Path data = program.dataDirectory();
    this.components =
        new HostComponents(
            client, membership.name(), data.resolve("node"), program.engine().environment(), clock);
    var status =
        new NodeStatus(
            membership.server(),
            membership.name(),
            data,
            inventory,
            components::troubles,
            () -> standby.map(Standby::troubles),
            program.engine());
    var routes = new AgentRoutes(inventory, data.resolve("logs/croft.log"), components::wake);
    this.tunnel = new Tunnel(directory, membership, routes, clock);
    this.heartbeat = new Heartbeat(client, status, clock);
    this.renewal =
        new CertificateRenewal(directory, membership, client, List.of(connection, bulk), clock);
    this.successors = new Successors(directory, membership, clock);
    this.contact = contact;
  }

  /// Returns when another server has taken the appliance's place: the directory's membership says
  /// which one.
  ///
  /// @throws JoinException when the host is none of the appliance's any more
  public void run() throws InterruptedException, JoinException {
    tunnel.start();
    components.start();
    standby.ifPresent(Standby::start);
    while (true) {
      boolean heard = round();
      if (!heard && moved()) {
        return;
      }
      Thread.sleep(heard ? BEAT : RETRY);
    }
  }

  private boolean moved() {
    try {
      return successors.found();
    } catch (IOException | JoinException | RuntimeException e) {
      complain(e);
      return false;
    }
  }

  private boolean round() throws InterruptedException, JoinException {
    try {
      if (renewal.isOver()) {
        renewal.joinAgain();
      }
      ApiObject node = heartbeat.beat();
      contact.heard();
      successors.heard(node);
      renewal.look();
      complaint = "";
      return true;
    } catch (StatusException e) {
      complain(e);
      if (e.status().code() == UNAUTHORIZED) {
        joinAgain();
      }
    } catch (JoinException e) {
      endIfForgotten(e);
    } catch (IOException | RuntimeException e) {
      complain(e);
    }
    return false;
  }

  /// The certificate may have been taken back without the host being removed.
  private void joinAgain() throws InterruptedException, JoinException {
    long now = System.nanoTime();
    if (now - joinedAgainNanos < JOIN_AGAIN.toNanos()) {
      return;
    }
    joinedAgainNanos = now;
    try {
      renewal.joinAgain();
    } catch (IOException | RuntimeException e) {
      complain(e);
    } catch (JoinException e) {
      endIfForgotten(e);
    }
  }

  private void endIfForgotten(JoinException e) throws JoinException {
    if (e.isForgotten()) {
      throw e;
    }
    complain(e);
  }

  /// The same is said once; what fails because the agent is told to end is not said.
  private void complain(Exception e) {
    if (Thread.currentThread().isInterrupted()) {
      return;
    }
    String message = text(e);
    contact.missed(message);
    if (!message.equals(complaint)) {
      complaint = message;
      LOG.atWarn()
          .addKeyValue("cause", message)
          .log("the appliance that this host has joined does not hear of it");
    }
  }

  private static String text(Exception e) {
    Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
    if (cause instanceof ConnectException && cause.getMessage() == null) {
      return "nobody answers there";
    }
    String message = cause == null ? null : cause.getMessage();
    return message == null ? e.toString() : message;
  }

  @Override
  public void close() {
    standby.ifPresent(Standby::close);
    components.close();
    tunnel.close();
    connection.close();
    bulk.close();
  }
}
