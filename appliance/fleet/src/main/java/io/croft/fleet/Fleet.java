package io.croft.fleet;

import io.croft.base.Component;
import io.croft.base.http.HttpRequest;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.fleet.component.ComponentSetReconciler;
import io.croft.fleet.join.JoinRoutes;
import io.croft.fleet.join.Joining;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.fleet.node.MachineReconciler;
import io.croft.fleet.node.NodeLifecycle;
import io.croft.fleet.node.Servers;
import io.croft.fleet.tunnel.Tunnels;
import io.croft.model.ApiObject;
import io.croft.model.Statuses;
import io.croft.pki.CertificateAuthority;
import io.croft.security.AuthorizedHandler;
import io.croft.security.OpenRoutes;
import io.croft.security.UserInfo;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Joined hosts, as the appliance has them. Its parts are components of the appliance.
public final class Fleet {
  private final ApiClient client;
  private final Informers informers;
  private final Surroundings surroundings;
  private final Joining joining;
  private final Tunnels tunnels;

  /// @param clients an API client for someone else
  /// @param issuer issues what clients log in with
  /// @param revocation takes back a user's certificates, by the user's name
  /// @param port where this appliance serves
  public record Surroundings(
      Function<UserInfo, ApiClient> clients,
      Supplier<CertificateAuthority> issuer,
      Consumer<String> revocation,
      IntSupplier port,
      FleetConfig config,
      InstantSource clock) {}

  /// @param client may do everything
  public Fleet(ApiClient client, Informers informers, Surroundings surroundings) {
    this.client = client.withFieldManager("croft-fleet");
    this.informers = informers;
    this.tunnels = new Tunnels(hosts(this.client));
    this.surroundings = surroundings;
    this.joining =
        new Joining(
            this.client,
            surroundings.clients(),
            surroundings.issuer(),
            surroundings.revocation(),
            surroundings.config().certificateLife(),
            surroundings.clock());
  }

  private static Tunnels.Hosts hosts(ApiClient client) {
    return (machine, key) ->
        client
            .find(FleetKinds.MACHINES, "", machine)
            .filter(found -> found.deletionTimestamp() == null)
            .flatMap(found -> found.at("spec", "key"))
            .filter(known -> known.asText().equals(key))
            .isPresent();
  }

  /// What is answered without credentials.
  public OpenRoutes routes(JoinRoutes.Appliance appliance) {
    return joining.routes(appliance);
  }

  /// For what only a host itself gets.
  ///
  /// @return the fingerprint of the host's key
  /// @throws io.croft.model.StatusException 403 for whoever is not the host
  public String requireHost(HttpRequest request, UserInfo user, String machine) {
    return tunnels.requireHost(request, user, machine);
  }

  /// For what only those hosts get that keep a copy of the appliance.
  ///
  /// @return the fingerprint of the host's key
  /// @throws io.croft.model.StatusException 403 for whoever is not the host itself, and until it is
  ///   approved
  public String requireStandby(HttpRequest request, UserInfo user, String machine) {
    String key = requireHost(request, user, machine);
    boolean approved =
        client
            .find(FleetKinds.MACHINES, "", machine)
            .filter(found -> Servers.isApproved(found, key))
            .isPresent();
    if (!approved) {
      throw Statuses.forbidden(
          FleetKinds.GROUP,
          "machines",
          machine,
          "it has not been approved to keep a copy of this appliance: croft node approve --server "
              + machine);
    }
    return key;
  }

  /// Answers what is asked of hosts, and leaves the rest to others.
  public AuthorizedHandler before(AuthorizedHandler others) {
    return tunnels.before(others);
  }

  /// Installs the kinds; to be started before the informers.
  public Component kinds() {
    return new FleetKinds(client);
  }

  public List<Component> controllers() {
    informers.of(FleetKinds.MACHINES).addHandler(this::cutIfAnother);
    informers.of(FleetKinds.MACHINES).addHandler(this::wakeIfTold);
    return List.of(
        joining.signer(informers),
        joining.cleaner(informers),
        machines(),
        componentSets(),
        new NodeLifecycle(client, informers, surroundings.clock()));
  }

  private Controller machines() {
    var servers = new Servers(informers, surroundings.port());
    Controller controller =
        Controller.builder("machines", new MachineReconciler(client, joining::withdraw, servers))
            .watch(informers.of(FleetKinds.MACHINES))
            .watch(informers.of(FleetKinds.NODES), MachineReconciler::machineOf)
            .build();
    servers.addListener(() ->
        informers.of(FleetKinds.MACHINES).list().stream()
            .map(machine -> new Request("", machine.name()))
            .forEach(controller::enqueue));
    return controller;
  }

  private Controller componentSets() {
    var sets = new ComponentSetReconciler(client, informers, surroundings.clock());
    Controller controller =
        Controller.builder("machine-component-sets", sets)
            .watch(informers.of(FleetKinds.COMPONENT_SETS), sets::ofSet)
            .build();
    for (var kind : List.of(FleetKinds.MACHINES, FleetKinds.NODES)) {
      informers
          .of(kind)
          .addHandler((before, after) -> {
            ApiObject one = after == null ? before : after;
            if (one != null && ComponentSetReconciler.matters(before, after)) {
              sets.ofHost(one).forEach(controller::enqueue);
            }
          });
    }
    return controller;
  }

  /// A connection outlives the certificate that it was made with.
  private void cutIfAnother(@Nullable ApiObject before, @Nullable ApiObject after) {
    if (before != null
        && (after == null
            || after.deletionTimestamp() != null
            || !after.at("spec", "key").equals(before.at("spec", "key")))) {
      tunnels.cut(before.name());
    }
  }

  /// A host looks by itself every few seconds; a rollout to many need not wait for that.
  private void wakeIfTold(@Nullable ApiObject before, @Nullable ApiObject after) {
    if (after != null
        && !Assignment.of(after).equals(before == null ? List.of() : Assignment.of(before))) {
      tunnels.wake(after.name());
    }
  }
}
