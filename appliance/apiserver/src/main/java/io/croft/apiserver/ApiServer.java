package io.croft.apiserver;

import io.croft.apiserver.admission.DefaultStorageClass;
import io.croft.apiserver.admission.ServiceAccountAdmission;
import io.croft.apiserver.admission.StoredObjects;
import io.croft.apiserver.admission.policy.MutatingPolicies;
import io.croft.apiserver.admission.policy.ParameterAccess;
import io.croft.apiserver.admission.policy.ValidatingPolicies;
import io.croft.apiserver.admission.quota.LimitRanger;
import io.croft.apiserver.admission.quota.QuotaAdmission;
import io.croft.apiserver.admission.quota.QuotaLedger;
import io.croft.apiserver.admission.webhook.MutatingWebhooks;
import io.croft.apiserver.admission.webhook.ValidatingWebhooks;
import io.croft.apiserver.aggregation.ApiProxy;
import io.croft.apiserver.aggregation.RemoteApi;
import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.apiserver.builtin.BuiltinKinds;
import io.croft.apiserver.builtin.ComponentStatuses;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.apiserver.builtin.Reviews;
import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.builtin.ServiceStrategy;
import io.croft.apiserver.builtin.TokenRequests;
import io.croft.apiserver.crd.ConversionWebhooks;
import io.croft.apiserver.crd.CustomResourceDefinitions;
import io.croft.apiserver.discovery.Discovery;
import io.croft.apiserver.discovery.OpenApi;
import io.croft.apiserver.outbound.WebhookClient;
import io.croft.apiserver.registry.Admission;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.resource.Action;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.rest.ResourceHandler;
import io.croft.apiserver.rest.Responses;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.apiserver.storage.Sealing;
import io.croft.apiserver.storage.Stored;
import io.croft.base.Component;
import io.croft.base.ComponentStatus;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import io.croft.pki.Identity;
import io.croft.security.AuditSearch;
import io.croft.security.AuthorizedHandler;
import io.croft.security.Authorizer;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.security.token.IssuedTokens;
import io.croft.security.token.ServiceAccountTokens;
import io.croft.security.token.TokenVerifier;
import io.croft.store.Store;
import io.croft.store.StoreException;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The embedded Kubernetes API server: the end of the request chain. Stands on an open store;
/// `start` loads the custom resource definitions and makes what every cluster has.
public final class ApiServer implements AuthorizedHandler, Component {
  private final ObjectStore store;
  private final ResourceCatalog catalog;
  private final CustomResourceDefinitions definitions;
  private final ServiceStrategy services;
  private final Registry registry;
  private final InstantSource clock;
  private final ResourceHandler resources;
  private final Discovery discovery;
  private final OpenApi openApi;
  private final Health health;
  private final ServerVersion version;
  private final ServiceAccountTokens tokens;
  private final TokenVerifier tokenVerifier;
  private final QuotaLedger quotas;
  private final RemoteApis remoteApis = new RemoteApis();
  private final ApiProxy apiProxy;
  private volatile boolean started;

  /// What the server is told about the process around it.
  ///
  /// @param version what it says of itself
  /// @param components the appliance's parts, as they stand
  /// @param readiness what must be ready for the whole to be, by name
  /// @param tokenKeys sign the tokens of service accounts
  /// @param services what services are given
  /// @param audit answers questions to the audit log; null where there is none
  /// @param frontProxy proves to the servers of other APIs that a request comes from here
  /// @param issuers whose tokens are accepted besides this server's own
  public record Surroundings(
      ServerVersion version,
      Supplier<List<ComponentStatus>> components,
      Supplier<Map<String, Boolean>> readiness,
      Supplier<KeyPair> tokenKeys,
      ServiceNetwork services,
      Supplier<@Nullable Identity> frontProxy,
      @Nullable AuditSearch audit,
      List<IssuedTokens> issuers) {
    public Surroundings {
      issuers = List.copyOf(issuers);
    }

    /// With the usual ranges of services, and without proof for the servers of other APIs.
    public Surroundings(
        ServerVersion version,
        Supplier<List<ComponentStatus>> components,
        Supplier<Map<String, Boolean>> readiness,
        Supplier<KeyPair> tokenKeys) {
      this(
          version,
          components,
          readiness,
          tokenKeys,
          ServiceNetwork.USUAL,
          () -> null,
          null,
          List.of());
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
    this.clock = clock;
    Definitions schemas = new Definitions();
    this.store = new ObjectStore(store, sealings);
    this.definitions = new CustomResourceDefinitions(clock);
    this.services = new ServiceStrategy(surroundings.services());
    var types =
        new ArrayList<ResourceType>(
            BuiltinKinds.all(schemas, definitions, services, remoteApis, clock));
    types.addAll(ComponentStatuses.all(schemas, surroundings.readiness()));
    this.tokens = new ServiceAccountTokens(surroundings.tokenKeys(), clock);
    this.tokenVerifier =
        new TokenVerifier(tokens, new DecodedObjects(this::core), surroundings.issuers(), clock);
    types.addAll(Reviews.all(schemas, authorizer, tokenVerifier));
    types.add(ApplianceComponents.type(surroundings.components()));
    if (surroundings.audit() != null) {
      types.add(AuditQueries.type(surroundings.audit()));
    }
    this.catalog = new ResourceCatalog(types);
    var objects = new StoredObjects(catalog, this.store);
    definitions.attach(catalog, new ConversionWebhooks(new WebhookClient(objects.services())));
    this.apiProxy = new ApiProxy(objects.services(), surroundings.frontProxy());
    this.quotas = new QuotaLedger(objects, catalog);
    this.registry =
        new Registry(this.store, catalog, chain(admission, objects, authorizer, quotas), clock);
    List<Action> actions = List.of(TokenRequests.action(schemas, tokens, this::coreObject, clock));
    this.resources =
        new ResourceHandler(
            catalog, this.store, registry, new ProtobufReader(schemas), authorizer, actions, clock);
    this.version = surroundings.version();
    this.discovery = new Discovery(catalog, remoteApis, resources.subresources());
    this.openApi = new OpenApi(catalog, schemas, remoteApis, version.gitVersion());
    this.health = new Health(surroundings.readiness());
  }

  /// What is served.
  public ResourceCatalog catalog() {
    return catalog;
  }

  /// The APIs that other servers serve.
  public RemoteApis remoteApis() {
    return remoteApis;
  }

  /// Reaches the servers of other APIs.
  public ApiProxy apiProxy() {
    return apiProxy;
  }

  /// In the order of kube-apiserver: what is built in comes before the webhooks, so that these see
  /// it all; what is used is counted last, when nobody can refuse any more.
  private static List<Admission> chain(
      List<Admission> given, StoredObjects objects, Authorizer authorizer, QuotaLedger quotas) {
    var chain = new ArrayList<Admission>();
    chain.add(new LimitRanger(objects));
    chain.add(new ServiceAccountAdmission(objects));
    chain.add(new DefaultStorageClass(objects));
    chain.addAll(given);
    chain.add(new ParameterAccess(objects, authorizer));
    chain.add(new MutatingPolicies(objects, authorizer));
    chain.add(new MutatingWebhooks(objects, authorizer));
    chain.add(new ValidatingPolicies(objects, authorizer));
    chain.add(new ValidatingWebhooks(objects, authorizer));
    chain.add(new QuotaAdmission(quotas));
    return chain;
  }

  /// Keeps count of what is used of resource quotas.
  public QuotaLedger quotas() {
    return quotas;
  }

  /// Tells whose the tokens are that this server has issued.
  public TokenVerifier tokenVerifier() {
    return tokenVerifier;
  }

  /// Issues the tokens of service accounts.
  public ServiceAccountTokens tokens() {
    return tokens;
  }

  private Optional<Stored> core(String plural, String namespace, String name) {
    return read(new GroupVersionResource("", "v1", plural), namespace, name);
  }

  private Optional<ApiObject> coreObject(String plural, String namespace, String name) {
    return find(new GroupVersionResource("", "v1", plural), namespace, name);
  }

  /// An object as it is stored at this moment, for authentication: whoever asks is not authorized.
  ///
  /// @param namespace empty for an object of the cluster
  /// @return empty when there is none, or the resource is not served
  public Optional<ApiObject> find(GroupVersionResource resource, String namespace, String name) {
    return read(resource, namespace, name).map(stored -> ApiObject.of(stored.json()));
  }

  private Optional<Stored> read(GroupVersionResource resource, String namespace, String name) {
    return catalog
        .snapshot()
        .find(resource.group(), resource.version(), resource.resource())
        .filter(type -> !name.isEmpty())
        .flatMap(type -> store.get(type.location(), namespace, name));
  }

  @Override
  public String name() {
    return "apiserver";
  }

  @Override
  public void start() {
    stored("apiextensions.k8s.io", "customresourcedefinitions").forEach(definitions::written);
    stored("", "services").forEach(services::written);
    stored("apiregistration.k8s.io", "apiservices").forEach(remoteApis::written);
    // By itself, as a webhook that does not answer must not keep the server from starting.
    new Bootstrap(catalog, store, new Registry(store, catalog, List.of(), clock)).run();
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
      Optional<RemoteApi> remote = remote(context.info());
      if (remote.isPresent()) {
        return apiProxy.handle(request, context.user(), remote.get());
      }
      return context.info().resource()
          ? resources.handle(request, context)
          : path(request, context.info().path());
    } catch (StoreException e) {
      throw translated(e);
    }
  }

  /// The API of another server that a request is about: its resources, what it says of them, or
  /// what they look like.
  private Optional<RemoteApi> remote(RequestInfo info) {
    if (remoteApis.all().isEmpty()) {
      return Optional.empty();
    }
    if (info.resource()) {
      return remoteApis.find(info.group(), info.version(), catalog.snapshot());
    }
    String[] parts = info.path().split("/");
    int at = parts.length == 6 && info.path().startsWith("/openapi/v3/apis/") ? 4 : 2;
    boolean document = at == 4 || (parts.length == 4 && parts[1].equals("apis"));
    return document
        ? remoteApis.find(parts[at], parts[at + 1], catalog.snapshot())
        : Optional.empty();
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
    if (path.equals("/.well-known/openid-configuration")) {
      return Responses.json(200, tokens.discovery());
    }
    if (path.equals("/openid/v1/jwks")) {
      return Responses.json(200, tokens.keySet());
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
