package io.croft.app.runtime;

import io.croft.app.config.Configuration;
import io.croft.base.ComponentStatus;
import io.croft.base.DataDirectory;
import io.croft.base.Settings;
import io.croft.engine.k3s.K3sAgent;
import io.croft.engine.k3s.K3sSource;
import io.croft.fleet.agent.HostEngine;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.agent.ServerLink;
import io.croft.fleet.proof.Role;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// k3s on a host that has joined as agent: what runs containers for the appliance, if its engine is
/// k3s and the host has one.
final class HostContainers implements HostEngine, AutoCloseable {
  /// So long nothing is said of a k3s that begins: one that begins anew need not take its node from
  /// the services that it is part of.
  private static final Duration STARTING = Duration.ofMinutes(1);

  private final InstantSource clock = InstantSource.system();
  private final Supplier<Membership> membership;
  private final Path directory;
  private final Optional<K3sAgent> agent;
  private volatile @Nullable ServerLink link;

  /// @param membership where the appliance is now
  HostContainers(DataDirectory data, Settings settings, Supplier<Membership> membership) {
    this.membership = membership;
    this.directory = data.root().resolve("k3s");
    boolean wanted =
        membership.get().role() == Role.AGENT && K3s.agent(settings.get(Configuration.K3S_AGENT));
    this.agent =
        wanted
            ? Optional.of(
                new K3sAgent(
                    new K3sAgent.Config(
                        directory,
                        data.logs(),
                        data.run(),
                        membership.get().name(),
                        source(settings),
                        K3sAgent.HEALTH),
                    new JoinedAppliance(),
                    clock))
            : Optional.empty();
  }

  /// Not that of the PATH: whoever has a k3s there may run it for something else.
  private static K3sSource source(Settings settings) {
    K3sSource all = EngineChoice.source(settings, System.getenv());
    return new K3sSource(all.named(), List.of(), all.bundled(), all.download());
  }

  void start() {
    agent.ifPresent(K3sAgent::start);
  }

  @Override
  public void close() {
    agent.ifPresent(K3sAgent::close);
  }

  @Override
  public Optional<Kubelet> kubelet() {
    return agent.flatMap(K3sAgent::status).map(k3s -> kubelet(k3s, clock.instant()));
  }

  private static Kubelet kubelet(ComponentStatus k3s, Instant now) {
    return switch (k3s.state()) {
      case RUNNING -> new Kubelet(true, "");
      case STARTING ->
          new Kubelet(
              false,
              now.isBefore(k3s.since().plus(STARTING)) ? "" : "k3s has begun at " + k3s.since());
      default -> new Kubelet(false, "k3s: " + k3s.lastError());
    };
  }

  @Override
  public void reach(ServerLink appliance) {
    link = appliance;
  }

  /// Where an install script puts the k3s that this host is to run.
  @Override
  public Map<String, String> environment() {
    return agent.isPresent()
        ? Map.of("CROFT_K3S", K3sAgent.provided(directory).toString())
        : Map.of();
  }

  private final class JoinedAppliance implements K3sAgent.Server {
    @Override
    public URI url() {
      return membership.get().server();
    }

    @Override
    public Optional<K3sAgent.Access> access() throws IOException, InterruptedException {
      ServerLink appliance = link;
      if (appliance == null) {
        throw new IOException("the appliance is not reached yet");
      }
      try {
        var answer =
            Json.parseObject(
                appliance.ask("GET", HostTokenRoute.path(membership.get().name()), new byte[0]));
        return Optional.of(
            new K3sAgent.Access(answer.path("token").asText(), answer.path("generation").asText()));
      } catch (StatusException e) {
        if (e.status().code() == StatusReason.NOT_FOUND.code()) {
          return Optional.empty();
        }
        throw new IOException(e.getMessage(), e);
      } catch (MalformedJsonException e) {
        throw new IOException("the appliance does not answer in JSON", e);
      }
    }
  }
}
