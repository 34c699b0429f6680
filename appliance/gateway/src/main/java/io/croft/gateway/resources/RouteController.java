package io.croft.gateway.resources;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.Component;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Informers;
import io.croft.client.Selection;
import io.croft.gateway.resources.Translation.StatusUpdate;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.pki.Identity;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the table of routes as the objects want it. Whenever one of them changes, everything is
/// read anew from the informers' caches, which takes milliseconds; changes that come meanwhile are
/// taken together. First the table, then what the objects are told.
public final class RouteController implements Component {
  private static final Logger LOG = LoggerFactory.getLogger(RouteController.class);
  private static final String BY_SERVICE = "service";
  private static final String SERVICE_LABEL = "kubernetes.io/service-name";

  /// How long after a failure to write a status everything is tried again.
  private static final long RETRY_SECONDS = 2;

  private static final List<GroupVersionResource> DEFINED =
      List.of(
          Kinds.CLASSES,
          Kinds.GATEWAYS,
          Kinds.ROUTES,
          Kinds.GRANTS,
          Kinds.TLS_POLICIES,
          Kinds.ACCESSES,
          Kinds.MAPPINGS,
          Kinds.HOSTS);

  /// How long the first table waits for a kind with a definition.
  private static final Duration DEFINED_PATIENCE = Duration.ofSeconds(5);

  private final ApiClient client;
  private final Informers defined;
  private final Map<GroupVersionResource, Informer> informers = new LinkedHashMap<>();
  private final Translator translator;
  private final Consumer<RouteTable> routes;
  private final Consumer<Map<String, Identity>> certificates;

  /// Whether something has changed; more permits than one mean no more.
  private final Semaphore changed = new Semaphore(1);

  private @Nullable Thread thread;
  private volatile boolean translated;
  private volatile boolean stopping;
  private Map<String, Identity> shown = Map.of();

  /// @param builtIn of the built-in kinds, which somebody else runs
  /// @param defined of the kinds that have definitions; they are run here, for nothing else may
  ///   wait for them: who has brought older definitions along may lack some
  /// @param routes takes the table
  /// @param certificates takes what the server shows under names
  /// @param port at which the appliance listens; asked once that is known
  /// @param addresses at which it is reached
  public RouteController(
      ApiClient client,
      Informers builtIn,
      Informers defined,
      Consumer<RouteTable> routes,
      Consumer<Map<String, Identity>> certificates,
      IntSupplier port,
      Supplier<List<String>> addresses,
      InstantSource clock) {
    this.client = client;
    this.routes = routes;
    this.certificates = certificates;
    this.defined = defined;
    for (GroupVersionResource resource : DEFINED) {
      informers.put(resource, defined.of(resource));
    }
    for (GroupVersionResource resource :
        List.of(
            Kinds.INGRESSES,
            Kinds.INGRESS_CLASSES,
            Kinds.SERVICES,
            Kinds.ENDPOINTS,
            Kinds.SLICES,
            Kinds.NAMESPACES,
            Kinds.CONFIG_MAPS)) {
      informers.put(resource, builtIn.of(resource));
    }
    // Of all Secrets only those are kept in memory that can be a server's.
    informers.put(
        Kinds.SECRETS, builtIn.of(new Selection(Kinds.SECRETS, "", "", "type=kubernetes.io/tls")));
    this.translator = new Translator(new Informed(), port, addresses, clock);
  }

  @Override
  public String name() {
    return "routes";
  }

  @Override
  public synchronized void start() {
    informer(Kinds.SLICES)
        .addIndex(
            BY_SERVICE,
            s -> List.of(s.namespace() + "/" + s.labels().getOrDefault(SERVICE_LABEL, "")));
    informers.values().forEach(i -> i.addHandler((_, _) -> changed.release()));
    defined.start();
    thread = Thread.ofVirtual().name("routes").start(this::run);
  }

  /// Whether there is a table.
  @Override
  public boolean ready() {
    return translated;
  }

  @Override
  public synchronized void stop() {
    stopping = true;
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join(TimeUnit.SECONDS.toMillis(2));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      thread = null;
    }
    defined.stop();
  }

  /// For what has changed that is no object: an address, a certificate.
  public void refresh() {
    changed.release();
  }

  private void run() {
    try {
      awaitSynced();
      boolean good = true;
      while (!stopping) {
        if (good) {
          changed.acquire();
        } else {
          boolean _ = changed.tryAcquire(RETRY_SECONDS, TimeUnit.SECONDS);
        }
        changed.drainPermits();
        good = round();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitSynced() throws InterruptedException {
    for (var informer : informers.entrySet()) {
      if (!DEFINED.contains(informer.getKey())) {
        informer.getValue().awaitSynced();
      } else if (!informer.getValue().awaitSynced(DEFINED_PATIENCE)) {
        LOG.atWarn()
            .addKeyValue("kind", informer.getKey())
            .log("a kind that routes are made of is not served; routes do without it");
      }
    }
  }

  /// @return whether everything that was to be told has been told
  private boolean round() {
    try {
      Translation translation = translator.translate();
      routes.accept(translation.table());
      if (!translation.certificates().equals(shown)) {
        certificates.accept(translation.certificates());
        shown = translation.certificates();
      }
      translated = true;
      boolean classes = createClasses();
      boolean told = tell(translation.statuses());
      return classes && told;
    } catch (RuntimeException e) {
      LOG.error("routes cannot be brought up to date; those before stay in force", e);
      return false;
    }
  }

  /// The classes by which objects say that they are meant for this gateway.
  private boolean createClasses() {
    boolean gateways =
        create(
            Kinds.CLASSES,
            "gateway.networking.k8s.io/v1",
            "GatewayClass",
            Json.object().put("controllerName", Kinds.CONTROLLER));
    boolean ingresses =
        create(
            Kinds.INGRESS_CLASSES,
            "networking.k8s.io/v1",
            "IngressClass",
            Json.object().put("controller", Ingresses.CONTROLLER));
    return gateways && ingresses;
  }

  private boolean create(
      GroupVersionResource resource, String version, String kind, ObjectNode spec) {
    if (informer(resource).get("", "croft").isPresent()) {
      return true;
    }
    ObjectNode json = Json.object().put("apiVersion", version).put("kind", kind);
    json.set("spec", spec);
    try {
      client.create(resource, ApiObject.of(json).setName("croft"));
      return true;
    } catch (StatusException e) {
      return e.status().code() == StatusReason.ALREADY_EXISTS.code();
    }
  }

  private boolean tell(List<StatusUpdate> updates) {
    boolean told = true;
    for (StatusUpdate update : updates) {
      if (update.isNews()) {
        told &= tell(update);
      }
    }
    return told;
  }

  private boolean tell(StatusUpdate update) {
    ApiObject object = update.object().copy();
    object.json().set("status", update.status());
    try {
      client.updateStatus(update.resource(), object);
      return true;
    } catch (StatusException e) {
      int code = e.status().code();
      if (code != StatusReason.CONFLICT.code() && code != StatusReason.NOT_FOUND.code()) {
        LOG.atWarn()
            .addKeyValue("object", object.namespace() + "/" + object.name())
            .addKeyValue("reason", e.status().message())
            .log("a status cannot be written");
        return false;
      }
      return true; // there is a newer one, or none: its change brings us here again
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private Informer informer(GroupVersionResource resource) {
    Informer informer = informers.get(resource);
    if (informer == null) {
      throw new IllegalArgumentException("not watched: " + resource);
    }
    return informer;
  }

  /// The caches of the informers.
  private final class Informed implements Cluster {
    @Override
    public List<ApiObject> list(GroupVersionResource resource) {
      return informer(resource).list();
    }

    @Override
    public Optional<ApiObject> get(GroupVersionResource resource, String namespace, String name) {
      return informer(resource).get(namespace, name);
    }

    @Override
    public List<ApiObject> slices(String namespace, String service) {
      return informer(Kinds.SLICES).byIndex(BY_SERVICE, namespace + "/" + service);
    }
  }
}
