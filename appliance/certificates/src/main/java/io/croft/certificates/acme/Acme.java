package io.croft.certificates.acme;

import io.croft.base.Component;
import io.croft.base.ComponentGroup;
import io.croft.certificates.acme.protocol.AcmeRequests;
import io.croft.certificates.acme.solving.Dns01Solver;
import io.croft.certificates.acme.solving.Http01Solver;
import io.croft.certificates.acme.solving.Http01Tokens;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.IssuerRef;
import io.croft.certificates.api.Resources;
import io.croft.certificates.signing.IssuerFinder;
import io.croft.certificates.signing.Signer;
import io.croft.client.ApiClient;
import io.croft.client.Controller;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Request;
import io.croft.model.ApiObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// ACME, wired: the signer, and the controllers that do its work.
public final class Acme {
  private static final String BY_ISSUER = "issuer";
  private static final int ORDER_WORKERS = 8;
  private static final int ADVICE_WORKERS = 2;

  /// Checks are waited for, and all challenges that have a slot may be at it.
  private static final int CHALLENGE_WORKERS = 60;

  private final ApiClient client;
  private final Config config;
  private final InstantSource clock;
  private final Solvers solvers;
  private final AcmeRequests requests = new AcmeRequests();
  private final AcmeConnections connections = new AcmeConnections(requests);
  private final AcmeAccounts accounts;

  /// @param tokens what the listener for HTTP-01 answers
  /// @param httpPort that servers ask, 80
  /// @param services where DNS is published
  public record Config(
      Http01Tokens tokens, int httpPort, Dns01Solver.Services services, AcmeTiming timing) {
    public static Config usual(Http01Tokens tokens) {
      return new Config(tokens, 80, Dns01Solver.Services.USUAL, AcmeTiming.USUAL);
    }
  }

  public Acme(ApiClient client, Config config, InstantSource clock) {
    this.client = client;
    this.config = config;
    this.clock = clock;
    AcmeTiming timing = config.timing();
    this.solvers =
        new Solvers(
            client,
            new Http01Solver(config.tokens(), config.httpPort(), timing.passes(), timing.pause()),
            new Dns01Solver(client, config.services(), clock));
    this.accounts = new AcmeAccounts(client, solvers, connections, clock);
  }

  /// What has been asked of servers.
  public AcmeRequests requests() {
    return requests;
  }

  public Signer signer() {
    return new AcmeSigner(client, accounts);
  }

  /// The requests for certificates that an order concerns.
  public static List<Request> requests(ApiObject order) {
    return Owners.of(order, "CertificateRequest");
  }

  public Component controllers(Informers informers, IssuerFinder issuers) {
    Informer orders = informers.of(Resources.ORDERS);
    Informer challenges = informers.of(Resources.CHALLENGES);
    challenges.addIndex(OrderChallenges.BY_ORDER, OrderChallenges::orderOf);
    challenges.addIndex(ChallengeSlots.BY_PHASE, ChallengeSlots::phase);
    var components = new ArrayList<Component>();
    components.add(new Connections(connections));
    components.add(orders(informers, orders, challenges, issuers));
    components.add(challenges(informers, challenges, issuers));
    components.add(advice(informers, issuers));
    return new ComponentGroup("acme", components);
  }

  private Component orders(
      Informers informers, Informer orders, Informer challenges, IssuerFinder issuers) {
    orders.addIndex(BY_ISSUER, o -> List.of(issuer(o)));
    var events = new Events(client, "cert-manager-orders", clock);
    var own = new OrderChallenges(client, challenges, events);
    var reconciler =
        new OrderReconciler(client, issuers, accounts, own, config.timing(), events, clock);
    return Controller.builder("orders", reconciler)
        .watch(orders)
        .watch(challenges, c -> Owners.of(c, AcmeSigner.ORDER))
        .watch(informers.of(Resources.ISSUERS), i -> concerned(orders, i))
        .watch(informers.of(Resources.CLUSTER_ISSUERS), i -> concerned(orders, i))
        .workers(ORDER_WORKERS)
        .build();
  }

  private Component challenges(Informers informers, Informer challenges, IssuerFinder issuers) {
    challenges.addIndex(BY_ISSUER, c -> AcmeStates.over(c) ? List.of() : List.of(issuer(c)));
    var events = new Events(client, "cert-manager-challenges", clock);
    var slots = new ChallengeSlots(challenges);
    var reconciler =
        new ChallengeReconciler(
            client, issuers, accounts, solvers, slots, config.timing(), events, clock);
    return Controller.builder("challenges", reconciler)
        .watch(challenges, c -> withNext(c, slots))
        .watch(informers.of(Resources.ISSUERS), i -> concerned(challenges, i))
        .watch(informers.of(Resources.CLUSTER_ISSUERS), i -> concerned(challenges, i))
        .workers(CHALLENGE_WORKERS)
        .build();
  }

  private Component advice(Informers informers, IssuerFinder issuers) {
    var events = new Events(client, "cert-manager-renewal-information", clock);
    var reconciler =
        new RenewalAdviceReconciler(client, issuers, accounts, informers, events, clock);
    return Controller.builder("renewal-information", reconciler)
        .watch(
            informers.of(Resources.CERTIFICATES),
            c -> reconciler.concerns(c) ? List.of(Request.of(c)) : List.of())
        .workers(ADVICE_WORKERS)
        .build();
  }

  /// A challenge, and when it has given its slot back those that may have it.
  private static List<Request> withNext(ApiObject challenge, ChallengeSlots slots) {
    var requests = new ArrayList<Request>();
    requests.add(Request.of(challenge));
    if (AcmeStates.over(challenge) || challenge.deletionTimestamp() != null) {
      requests.addAll(slots.next());
    }
    return requests;
  }

  private static String issuer(ApiObject object) {
    IssuerRef ref = IssuerRef.of(object.json().path("spec").path("issuerRef"));
    return (ref.cluster() ? "" : object.namespace()) + "/" + ref.name();
  }

  private static List<Request> concerned(Informer objects, ApiObject issuer) {
    return objects.byIndex(BY_ISSUER, issuer.namespace() + "/" + issuer.name()).stream()
        .map(Request::of)
        .toList();
  }

  /// Closes the ways to the servers in the end.
  private record Connections(AcmeConnections connections) implements Component {
    @Override
    public String name() {
      return "acme-connections";
    }

    @Override
    public void start() {}

    @Override
    public void stop() {
      connections.close();
    }
  }
}
