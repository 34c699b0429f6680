package io.croft.apiserver;

import io.croft.apiserver.builtin.BuiltinKinds;
import io.croft.apiserver.builtin.ComponentStatuses;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.apiserver.builtin.Reviews;
import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.builtin.ServiceStrategy;
import io.croft.apiserver.crd.CustomResourceDefinitions;
import io.croft.apiserver.discovery.Discovery;
import io.croft.apiserver.discovery.OpenApi;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.rest.ResourceHandler;
import io.croft.apiserver.rest.Responses;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Sealing;
import io.croft.base.Component;
import io.croft.base.ComponentStatus;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.security.AuthorizedHandler;
import io.croft.security.Authorizer;
import io.croft.security.RequestContext;
import io.croft.store.Store;
import io.croft.store.StoreException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The embedded Kubernetes API server: the end of the request chain. Stands on an open store;
/// `start` loads the custom resource definitions and makes what every cluster has.
public final class ApiServer implements AuthorizedHandler, Component {
  private final ObjectStore store;
  private final ResourceCatalog catalog;
  private final CustomResourceDefinitions definitions;
  private final ServiceStrategy services;
  private final Registry registry;
  private final ResourceHandler resources;
  private final Discovery discovery;
  private final OpenApi openApi;
  private final Health health;
  private final ServerVersion version;
  private volatile boolean started;

  /// What the server is told about the process around it.
  ///
  /// @param version what it says of itself
  /// @param components the appliance's parts, as they stand
  /// @param readiness what must be ready for the whole to be, by name
  /// @param services what services are given
  public record Surroundings(
      ServerVersion version,
      Supplier<List<ComponentStatus>> components,
      Supplier<Map<String, Boolean>> readiness,
      ServiceNetwork services) {
    /// With the usual ranges of services.
    public Surroundings(
        ServerVersion version,
        Supplier<List<ComponentStatus>> components,
        Supplier<Map<String, Boolean>> readiness) {
      this(version, components, readiness, ServiceNetwork.USUAL);
    }
  }

  /// @param sealings how stored bytes are protected, by storage prefix (`/registry/secrets`)
  /// @param authorizer answers access reviews; requests are authorized before they come here
  /// @param admission asked, in this order, before anything is stored
  public ApiServer(
      Store store,
      Map<String, Sealing> sealings,
      Authorizer authorizer,
      List<Admission> admission,
      Surroundings surroundings,
      InstantSource clock) {
    Definitions schemas = new Definitions();
    this.store = new ObjectStore(store, sealings);
    this.definitions = new CustomResourceDefinitions(clock);
    this.services = new ServiceStrategy(surroundings.services());
    var types =
        new ArrayList<ResourceType>(BuiltinKinds.all(schemas, definitions, services, clock));
    types.addAll(ComponentStatuses.all(schemas, surroundings.readiness()));
    types.addAll(Reviews.all(schemas, authorizer));
    types.add(ApplianceComponents.type(surroundings.components()));
    this.catalog = new ResourceCatalog(types);
    definitions.attach(catalog);
    this.registry = new Registry(this.store, admission, clock);
    this.resources =
        new ResourceHandler(
            catalog, this.store, registry, new ProtobufReader(schemas), authorizer, clock);
    this.version = surroundings.version();
    this.discovery = new Discovery(catalog);
    this.openApi = new OpenApi(catalog, schemas, version.gitVersion());
    this.health = new Health(surroundings.readiness());
  }

  /// What is served.
  public ResourceCatalog catalog() {
    return catalog;
  }

  @Override
  public String name() {
    return "apiserver";
  }

  @Override
  public void start() {
    stored("apiextensions.k8s.io", "customresourcedefinitions").forEach(definitions::written);
    stored("", "services").forEach(services::written);
    new Bootstrap(catalog, store, registry).run();
    started = true;
  }

  private List<ApiObject> stored(String group, String plural) {
    ResourceType type = catalog.snapshot().find(group, "v1", plural).orElseThrow();
    return store.list(type.location(), "", null, 0, 0).items().stream()
        .map(stored -> ApiObject.of(stored.json()))
        .toList();
  }

  @Override
  public boolean ready() {
    return started;
  }

  @Override
  public void stop() {
    started = false;
  }

  @Override
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    try {
      return context.info().resource()
          ? resources.handle(request, context)
          : path(request, context.info().path());
    } catch (StoreException e) {
      throw translated(e);
    }
  }

  private HttpResponse path(HttpRequest request, String raw) {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      throw Statuses.methodNotAllowed();
    }
    String path = raw.length() > 1 && raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
    if (Health.serves(path)) {
      return health.handle(request, path);
    }
    if (path.equals("/version")) {
      return Responses.json(200, version.toJson());
    }
    if (path.equals("/openapi/v2")
        || path.equals("/openapi/v3")
        || path.startsWith("/openapi/v3/")) {
      return openApi.handle(request, path);
    }
    String root = path.split("/", 3).length > 1 ? path.split("/", 3)[1] : "";
    if (root.equals("api") || root.equals("apis")) {
      return discovery.handle(request, path);
    }
    throw Statuses.noSuchResource();
  }

  private static StatusException translated(StoreException e) {
    String why = String.valueOf(e.getMessage());
    return switch (e) {
      case StoreException.Compacted compacted -> Statuses.expired(why);
      case StoreException.FutureRevision future -> Statuses.timeout(why, 1);
      case StoreException.Overloaded overloaded ->
          Statuses.tooManyRequests("the store is busy: " + why, 1);
      case StoreException.NoSpace full ->
          Statuses.serviceUnavailable("the store has no space left: " + why);
      case StoreException.Closed closed ->
          Statuses.serviceUnavailable("the store is closed: " + why);
      case StoreException.Invalid invalid ->
          switch (invalid.rule()) {
            case TOO_LARGE -> Statuses.tooLarge("the object is larger than the store takes");
            default -> Statuses.internal(why);
          };
      case StoreException.LeaseNotFound lease -> Statuses.internal(why);
      case StoreException.Corrupt corrupt -> Statuses.internal(why);
    };
  }
}
