package io.croft.app.runtime;

import io.croft.base.Component;
import io.croft.base.ComponentState;
import io.croft.base.ComponentStatus;
import io.croft.base.DataDirectory;
import io.croft.fleet.agent.Contact;
import io.croft.fleet.agent.HostEngine;
import io.croft.fleet.agent.JoinException;
import io.croft.fleet.agent.NodeAgent;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.Course;
import io.croft.fleet.agent.NodeDirectory.End;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.OwnControlPlane;
import io.croft.fleet.proof.Role;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What makes an appliance an edge: the agent by which it is a member of another appliance's site.
///
/// Whatever becomes of that, this appliance serves: so the component counts as running, and its
/// last error says whether the site is reached. A membership that the site has ended is tried once
/// more at each start, as it may have been restored from a snapshot that did not know this host.
final class SiteMember implements Component, Contact {
  static final String NAME = "membership";

  private static final Logger LOG = LoggerFactory.getLogger(SiteMember.class);

  /// How soon it is tried again when the agent cannot even begin.
  private static final Duration AGAIN = Duration.ofMinutes(1);

  /// More than the agent gives a script that it ends.
  private static final Duration STOPPING = Duration.ofSeconds(15);

  private final DataDirectory directory;
  private final NodeDirectory node;
  private volatile Membership membership;
  private final NodeAgent.Program program;
  private final InstantSource clock;
  private volatile State state;
  private volatile boolean ended;
  private @Nullable Thread thread;

  /// @param trouble empty while the site hears of this host
  private record State(Instant since, String trouble) {}

  private SiteMember(
      DataDirectory directory,
      NodeDirectory node,
      Membership membership,
      Supplier<OwnControlPlane> controlPlane,
      InstantSource clock) {
    this.directory = directory;
    this.node = node;
    this.membership = membership;
    this.program =
        new NodeAgent.Program(
            directory.root(),
            Version.current().croft(),
            () -> Optional.of(controlPlane.get()),
            _ -> Optional.empty(),
            HostEngine.NONE);
    this.clock = clock;
    this.state = new State(clock.instant(), "not reached yet");
  }

  /// @param controlPlane how this appliance is
  /// @return empty for one that is no edge, or cannot read what it is
  static Optional<SiteMember> of(
      DataDirectory directory, Supplier<OwnControlPlane> controlPlane, InstantSource clock) {
    try {
      NodeDirectory node = NodeDirectory.open(directory.root());
      return node.membership()
          .filter(found -> found.role() == Role.EDGE)
          .map(found -> new SiteMember(directory, node, found, controlPlane, clock));
    } catch (IOException | JoinException e) {
      LOG.error("this appliance does not know where it is a member", e);
      return Optional.empty();
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void init() {
    clearMark();
    try {
      node.course().flatMap(Course::end).ifPresent(this::showEnd);
    } catch (IOException | JoinException e) {
      LOG.error("it cannot be read whether this host is a member still", e);
    }
  }

  private void showEnd(End end) {
    ended = true;
    state = new State(end.time(), end.reason());
  }

  @Override
  public synchronized void start() {
    LOG.atInfo()
        .addKeyValue("node", membership.name())
        .addKeyValue("server", membership.server())
        .log("this appliance is an edge");
    thread = Thread.ofVirtual().name(NAME).start(this::keep);
  }

  private void keep() {
    try {
      while (true) {
        try {
          membership = node.membership().orElse(membership); // where the appliance is now
          try (var agent = new NodeAgent(node, membership, program, clock, this)) {
            agent.run();
          }
          continue;
        } catch (JoinException e) {
          if (e.isForgotten()) {
            end(String.valueOf(e.getMessage()));
            return;
          }
          fail(e);
        } catch (IOException | RuntimeException e) {
          fail(e);
        }
        Thread.sleep(AGAIN);
      }
    } catch (InterruptedException e) {
      LOG.debug("the agent has ended");
    }
  }

  private void fail(Exception e) {
    String cause = e.getMessage() == null ? e.toString() : e.getMessage();
    if (!state.trouble().equals(cause)) {
      LOG.error("the agent of this edge cannot run; tried again every minute", e);
    }
    missed(cause);
  }

  private void end(String reason) {
    LOG.atError()
        .addKeyValue("node", membership.name())
        .addKeyValue("reason", reason)
        .log(
            "this edge is no member of the site any more; its own control plane goes on. To have it"
                + " join again: croft down, then croft join with a token");
    if (!ended) {
      var end = new End(clock.instant().truncatedTo(ChronoUnit.SECONDS), reason);
      showEnd(end);
      note(Optional.of(end));
    }
    clearMark();
  }

  @Override
  public void heard() {
    if (state.trouble().isEmpty()) {
      return;
    }
    LOG.atInfo().addKeyValue("server", membership.server()).log("the site hears of this edge");
    state = new State(clock.instant(), "");
    if (ended) {
      ended = false;
      note(Optional.empty());
    }
    try {
      HeardMark.set(directory.root(), membership.name());
    } catch (IOException e) {
      LOG.warn("it cannot be marked that the site has heard of this edge", e);
    }
  }

  @Override
  public void missed(String cause) {
    if (!ended) {
      Instant since = state.trouble().isEmpty() ? clock.instant() : state.since();
      state = new State(since, cause);
    }
  }

  private void note(Optional<End> end) {
    try {
      node.writeEnd(end);
    } catch (IOException | JoinException e) {
      LOG.error("it cannot be written down whether this host is a member", e);
    }
  }

  /// As it stands, with why the site does not hear of this host.
  ComponentStatus status() {
    State now = state;
    return new ComponentStatus(NAME, ComponentState.RUNNING, now.since(), 0, now.trouble());
  }

  @Override
  public synchronized void stop() {
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(STOPPING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clearMark();
  }

  private void clearMark() {
    try {
      HeardMark.clear(directory.root());
    } catch (IOException e) {
      LOG.warn("the mark cannot be taken away that the site has heard of this edge", e);
    }
  }
}
