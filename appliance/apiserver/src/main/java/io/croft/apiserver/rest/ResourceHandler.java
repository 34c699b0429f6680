package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.apiserver.registry.Caller;
import io.croft.apiserver.registry.DeleteOptions;
import io.croft.apiserver.registry.Deletion;
import io.croft.apiserver.registry.Item;
import io.croft.apiserver.registry.ListOptions;
import io.croft.apiserver.registry.Lister;
import io.croft.apiserver.registry.Listing;
import io.croft.apiserver.registry.Mutation;
import io.croft.apiserver.registry.PageBudget;
import io.croft.apiserver.registry.Registry;
import io.croft.apiserver.registry.Selection;
import io.croft.apiserver.registry.WatchFeed;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.Action;
import io.croft.apiserver.resource.Backing;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.storage.ObjectStore;
import io.croft.base.Concurrently;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.Status;
import io.croft.model.StatusDetails;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.model.Statuses;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import io.croft.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Answers requests for resources: looks the type up, reads what the client wants, has the registry
/// do it, and puts the result into the form that was asked for.
public final class ResourceHandler {
  private static final String DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";

  /// Enough for their writes to share the disk's turns.
  private static final int DELETIONS_AT_A_TIME = 32;

  private final ResourceCatalog catalog;
  private final ObjectStore store;
  private final Registry registry;
  private final Lister lister;
  private final Bodies bodies;
  private final Bindings bindings;
  private final List<Subresource> subresources;
  private final BodyBudget budget = new BodyBudget(Runtime.getRuntime().maxMemory());
  private final PageBudget pages = new PageBudget(Runtime.getRuntime().maxMemory());
  private final Authorizer authorizer;
  private final InstantSource clock;

  /// @param actions what is done with objects besides reading and changing them
  /// @param protobuf reads what clients send in that encoding
  /// @param authorizer asked where one request needs a second right
  public ResourceHandler(
      ResourceCatalog catalog,
      ObjectStore store,
      Registry registry,
      ProtobufReader protobuf,
      Authorizer authorizer,
      List<Action> actions,
      InstantSource clock) {
    this.authorizer = authorizer;
    this.bodies = new Bodies(protobuf);
    this.catalog = catalog;
    this.store = store;
    this.registry = registry;
    this.lister = new Lister(store);
    this.clock = clock;
    this.bindings = new Bindings(catalog, registry, bodies, clock);
    var served = new ArrayList<Subresource>();
    served.add(new Scales(registry, bodies).subresource());
    served.add(bindings.subresource());
    served.add(new Evictions(catalog, store, registry, bodies, clock).subresource());
    actions.forEach(action -> served.add(subresource(action)));
    this.subresources = List.copyOf(served);
  }

  /// The endpoints of objects that are of another kind than these.
  public List<Subresource> subresources() {
    return subresources;
  }

  /// @throws io.croft.model.StatusException as the API says
  public HttpResponse handle(HttpRequest request, RequestContext context) {
    find(context.info()); // what is not served is refused before its body is read
    if (context.info().verb().isEmpty()) {
      throw Statuses.methodNotAllowed(); // no method of the API
    }
    try (BodyBudget.Share share =
        budget.receive(request, Bodies.mostBytes(context.info().group()))) {
      return DefinitionRetry.of(() -> handle(share.request(), context, find(context.info())));
    }
  }

  private ResourceType find(RequestInfo info) {
    return catalog
        .snapshot()
        .find(info.group(), info.version(), info.plural())
        .orElseThrow(Statuses::noSuchResource);
  }

  private HttpResponse handle(HttpRequest request, RequestContext context, ResourceType type) {
    RequestInfo info = context.info();
    checkScope(type, info);
    if (!info.subresource().isEmpty() && !type.has(info.subresource())) {
      throw Statuses.noSuchResource();
    }
    Call call = Call.of(type, request, context, clock);
    if (Bindings.creates(info)) {
      return bindings.handle(call);
    }
    for (Subresource subresource : subresources) {
      if (subresource.name().equals(info.subresource())) {
        if (!subresource.verbs().contains(info.verb())) {
          throw Statuses.methodNotSupported(info.group(), info.plural(), info.verb());
        }
        return subresource.handle(call);
      }
    }
    if (!type.verbs().contains(info.verb()) || !offered(info)) {
      throw Statuses.methodNotSupported(info.group(), info.plural(), info.verb());
    }
    return switch (type.backing()) {
      case Backing.Stored stored -> stored(call);
      case Backing.Computed computed -> computed(call, computed);
    };
  }

  private Subresource subresource(Action action) {
    return new Subresource(
        action.subresource(), action.request().gvk(), List.of("create"), call -> act(action, call));
  }

  private HttpResponse act(Action action, Call call) {
    Call creation = Call.of(action.request(), call.request(), call.context(), clock);
    ObjectNode body = body(creation);
    registry.admitQuestion(action.request(), body, creation.writeOptions());
    ApiObject object = registry.get(call.type(), namespace(call), call.info().name());
    ObjectNode answer = action.handler().create(object, body, call.context().user());
    return creation.answer(201, ApiObject.of(answer));
  }

  /// Subresources are read and changed, nothing else; and what is created is named by its body
  /// alone: the name in a path is one that the caller was authorized for.
  private static boolean offered(RequestInfo info) {
    return info.subresource().isEmpty()
        ? !info.verb().equals("create") || info.name().isEmpty()
        : List.of("get", "update", "patch").contains(info.verb());
  }

  private static void checkScope(ResourceType type, RequestInfo info) {
    // A request for one namespace carries its name twice, as `RequestInfo` reads it.
    boolean itself =
        type.gvr().group().isEmpty()
            && info.plural().equals("namespaces")
            && info.namespace().equals(info.name());
    if (!info.namespace().isEmpty() && !itself && !type.namespaced()) {
      throw Statuses.noSuchResource();
    }
    boolean acrossNamespaces = type.namespaced() && info.namespace().isEmpty();
    if (acrossNamespaces && !List.of("list", "watch", "create").contains(info.verb())) {
      throw info.name().isEmpty()
          ? Statuses.methodNotSupported(info.group(), info.plural(), info.verb())
          : Statuses.noSuchResource();
    }
  }

  private HttpResponse stored(Call call) {
    RequestInfo info = call.info();
    return switch (info.verb()) {
      case "get" -> call.answer(200, registry.get(call.type(), namespace(call), info.name()));
      case "list" -> list(call);
      case "watch" -> watch(call);
      case "create" -> create(call);
      case "update" -> update(call, replacement(call), mayCreate(call));
      case "patch" -> patch(call);
      case "delete" -> delete(call);
      case "deletecollection" -> deleteCollection(call);
      default -> throw Statuses.methodNotAllowed();
    };
  }

  /// Requests for a namespace carry its name twice, as `RequestInfo` reads them.
  private static String namespace(Call call) {
    return call.type().namespaced() ? call.info().namespace() : "";
  }

  private HttpResponse list(Call call) {
    ListOptions options = Options.list(call.request().query());
    Listing listing = lister.list(call.type(), namespace(call), options);
    List<Item> first;
    try (PageBudget.Share share = pages.share()) {
      share.next();
      first = listing.next();
      share.resize(listing.bytes());
      if (listing.done()) {
        return list(call, first, ListWriter.metadata(listing));
      }
    } catch (StoreException.Compacted | StoreException.FutureRevision e) {
      throw lister.unreadable(e, options);
    }
    return new HttpResponse.Streaming(
        200,
        Headers.of("content-type", "application/json"),
        new ListWriter(call.rendering(), listing, first, pages, ListWriter.MOST_TIME));
  }

  private static HttpResponse list(Call call, List<Item> items, ObjectNode metadata) {
    return HttpResponse.of(200, "application/json", call.rendering().list(items, metadata));
  }

  private HttpResponse watch(Call call) {
    var options = Options.watch(call.request().query());
    Duration lifetime = Options.watchTimeout(call.request().query());
    var feed = new WatchFeed(store, call.type(), namespace(call), call.info().name(), options);
    return new HttpResponse.Streaming(
        200,
        Headers.of("content-type", "application/json;stream=watch"),
        new WatchWriter(feed, call.rendering(), lifetime, pages));
  }

  private HttpResponse create(Call call) {
    if (call.type().namespaced() && call.info().namespace().isEmpty()) {
      throw Statuses.badRequest("an empty namespace may not be set during creation");
    }
    ObjectNode body = body(call);
    return call.answer(
        201, registry.create(call.type(), namespace(call), body, call.writeOptions()));
  }

  /// The object that a request carries. What the path says already may be left out of it.
  private ObjectNode body(Call call) {
    ResourceType type = call.type();
    ObjectNode body = bodies.object(call.request(), type.definition());
    if (!body.has("apiVersion")) {
      body.put("apiVersion", type.gvr().apiVersion());
    }
    if (!body.has("kind")) {
      body.put("kind", type.kind());
    }
    return body;
  }

  private Mutation replacement(Call call) {
    ObjectNode body = body(call);
    String name = ApiObject.of(body).name();
    if (name.isEmpty()) {
      throw Statuses.badRequest("name must be provided");
    }
    if (!name.equals(call.info().name())) {
      throw Statuses.badRequest(
          "the name of the object ("
              + name
              + ") does not match the name on the URL ("
              + call.info().name()
              + ")");
    }
    return current -> body.deepCopy();
  }

  /// Whether an update may create what does not exist: the kind must provide for it and the caller
  /// have the right to create, too.
  private boolean mayCreate(Call call) {
    return call.type().strategy().createsOnUpdate()
        && call.info().subresource().isEmpty()
        && authorizer.authorize(creation(call)).allowed();
  }

  private void requireCreate(Call call) {
    Attributes creation = creation(call);
    Decision decision = authorizer.authorize(creation);
    if (!decision.allowed()) {
      throw creation.forbidden(decision.reason());
    }
  }

  /// What an update asks for that creates its object.
  private static Attributes creation(Call call) {
    RequestInfo update = call.info();
    var creation =
        new RequestInfo(
            true,
            "create",
            update.group(),
            update.version(),
            update.namespace(),
            update.plural(),
            "",
            update.name(),
            update.path());
    return new Attributes(call.context().user(), creation);
  }

  private HttpResponse patch(Call call) {
    boolean applies = Patches.applies(call.request());
    boolean force = Options.force(call.request().query(), applies);
    if (!applies) {
      return update(call, Patches.read(call.type(), call.request()), false);
    }
    RequestInfo info = call.info();
    ObjectNode configuration = Patches.configuration(call.request());
    WriteOptions options = call.writeOptions();
    Registry.Updated applied =
        registry.apply(
            call.type(),
            namespace(call),
            info.name(),
            info.subresource(),
            configuration,
            force,
            () -> requireCreate(call),
            options);
    return call.answer(applied.created() ? 201 : 200, applied.object());
  }

  private HttpResponse update(Call call, Mutation mutation, boolean mayCreate) {
    RequestInfo info = call.info();
    Registry.Updated updated =
        registry.update(
            call.type(),
            namespace(call),
            info.name(),
            info.subresource(),
            mutation,
            mayCreate,
            call.writeOptions());
    return call.answer(updated.created() ? 201 : 200, updated.object());
  }

  private HttpResponse delete(Call call) {
    DeleteOptions options = deleteOptions(call);
    Deletion deletion =
        registry.delete(call.type(), namespace(call), call.info().name(), options, call.caller());
    return switch (deletion) {
      case Deletion.Pending pending ->
          call.answer(options.asksToWait() ? 202 : 200, pending.object());
      case Deletion.Done done -> {
        var details =
            new StatusDetails(
                done.object().name(),
                call.info().group(),
                call.info().plural(),
                done.object().uid(),
                0,
                List.of());
        yield Responses.json(200, Status.success(details).toJson(), call.warnings());
      }
    };
  }

  /// From the body, or without one from the query. A dry run is one wherever that stands: better
  /// nothing deleted than too much.
  private DeleteOptions deleteOptions(Call call) {
    Query query = call.request().query();
    ObjectNode body = bodies.optional(call.request(), DELETE_OPTIONS);
    DeleteOptions options = DeleteOptions.parse(body.isEmpty() ? Options.delete(query) : body);
    return Options.dryRun(query) ? options.asDryRun() : options;
  }

  private HttpResponse deleteCollection(Call call) {
    DeleteOptions options = deleteOptions(call);
    ListOptions wanted = Options.list(call.request().query());
    Listing listing = lister.list(call.type(), namespace(call), wanted);
    try {
      Concurrently.forEach(
          listing.iterator(),
          DELETIONS_AT_A_TIME,
          item -> deleteOne(call, ApiObject.of(item.json()), options));
    } catch (StoreException.Compacted | StoreException.FutureRevision e) {
      throw lister.unreadable(e, wanted);
    }
    var details =
        new StatusDetails("", call.info().group(), call.info().plural(), "", 0, List.of());
    return Responses.json(200, Status.success(details).toJson());
  }

  private void deleteOne(Call call, ApiObject object, DeleteOptions options) {
    try {
      // Several at a time: there is no order in which to warn of them.
      Caller caller = call.caller().warning(_ -> {});
      registry.delete(call.type(), object.namespace(), object.name(), options, caller);
    } catch (StatusException e) {
      if (e.status().code() != StatusReason.NOT_FOUND.code()) {
        throw e;
      }
      // Someone else has deleted it: just what was wanted.
    }
  }

  private HttpResponse computed(Call call, Backing.Computed source) {
    RequestInfo info = call.info();
    return switch (info.verb()) {
      case "create" -> {
        if (call.type().namespaced() && info.namespace().isEmpty()) {
          throw Statuses.badRequest("the question must be put in a namespace");
        }
        ObjectNode question = body(call);
        registry.admitQuestion(call.type(), question, call.writeOptions());
        yield call.answer(
            201, ApiObject.of(source.create(question, info.namespace(), call.context().user())));
      }
      case "list" -> {
        ListOptions wanted = Options.list(call.request().query());
        var selection = new Selection(call.type(), wanted.labels(), wanted.fields());
        List<Item> items =
            source.list().stream().filter(selection::matches).<Item>map(Item.Tree::new).toList();
        yield list(call, items, Json.object().put("resourceVersion", ""));
      }
      case "get" ->
          source.list().stream()
              .filter(o -> ApiObject.of(o).name().equals(info.name()))
              .findFirst()
              .map(o -> Responses.json(200, call.rendering().object(o)))
              .orElseThrow(() -> Statuses.notFound(info.group(), info.plural(), info.name()));
      default -> throw Statuses.methodNotAllowed();
    };
  }
}
