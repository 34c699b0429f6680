package io.croft.client;

import io.croft.base.http.HttpHandler;
import io.croft.base.http.Query;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Json;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Calls a Kubernetes API through any [HttpHandler]: the request chain of this process under an
/// identity of its own, or a connection to another server.
///
/// An empty namespace addresses cluster-scoped resources, or all namespaces. Every method blocks
/// and is meant for virtual threads. Each throws [StatusException] when the server answers with
/// anything but success, and [java.io.UncheckedIOException] when the connection breaks.
/// Thread-safe.
public final class ApiClient {
  private static final int PAGE_SIZE = 500;
  private static final String JSON = "application/json";

  private final HttpHandler handler;
  private final Exchange exchange;
  private final String fieldManager;

  /// @param fieldManager under which name the server records what is written, for example
  ///   `croft-namespace-controller`; also sent as the user agent
  public ApiClient(HttpHandler handler, String fieldManager) {
    this(handler, fieldManager, Exchange.Form.WHOLE);
  }

  private ApiClient(HttpHandler handler, String fieldManager, Exchange.Form form) {
    this.handler = handler;
    this.exchange = new Exchange(handler, fieldManager, form);
    this.fieldManager = fieldManager;
  }

  /// The same client for who needs nothing of objects but their metadata: every object comes as
  /// `meta.k8s.io/v1` `PartialObjectMetadata`.
  public ApiClient metadataOnly() {
    return new ApiClient(handler, fieldManager, Exchange.Form.METADATA);
  }

  /// The same client writing under another name.
  public ApiClient withFieldManager(String name) {
    return new ApiClient(handler, name, Exchange.Form.WHOLE);
  }

  public ApiObject get(GroupVersionResource resource, String namespace, String name) {
    ResourcePath path = ResourcePath.object(resource, namespace, name);
    return ApiObject.of(exchange.call("GET", path, Query.EMPTY));
  }

  /// As [#get], but empty when there is no such object.
  public Optional<ApiObject> find(GroupVersionResource resource, String namespace, String name) {
    try {
      return Optional.of(get(resource, namespace, name));
    } catch (StatusException e) {
      if (is(e, StatusReason.NOT_FOUND)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// One answer to a list: everything, or one page when the options set a limit.
  public ObjectList list(GroupVersionResource resource, String namespace, ListOptions options) {
    ResourcePath path = ResourcePath.collection(resource, namespace);
    return ObjectList.of(exchange.list(path, options.toQuery(false)));
  }

  /// All objects as of one version of the store, fetched in pages. Falls back to a single answer
  /// when that version is compacted away on the way.
  public ObjectList listAll(GroupVersionResource resource, String namespace, ListOptions options) {
    return listAll(resource, namespace, options, UnaryOperator.identity());
  }

  /// As above, for who wants less of each object than there is.
  ///
  /// @param kept what takes the place of an object as soon as its page is here; may change it
  ObjectList listAll(
      GroupVersionResource resource,
      String namespace,
      ListOptions options,
      UnaryOperator<ApiObject> kept) {
    int limit = options.limit() == 0 ? PAGE_SIZE : options.limit();
    List<ApiObject> items = new ArrayList<>();
    ListOptions page = options.withPage(limit, "");
    while (true) {
      ObjectList answer;
      try {
        answer = list(resource, namespace, page);
      } catch (StatusException e) {
        if (gone(e) && !page.continueToken().isEmpty()) {
          ObjectList whole = list(resource, namespace, options.withPage(0, ""));
          return new ObjectList(
              whole.resourceVersion(), "", whole.items().stream().map(kept).toList());
        }
        throw e;
      }
      answer.items().stream().map(kept).forEach(items::add);
      if (answer.continueToken().isEmpty()) {
        return new ObjectList(answer.resourceVersion(), "", items);
      }
      // A later page takes its version from the token.
      page = options.withResourceVersion("", "").withPage(limit, answer.continueToken());
    }
  }

  /// Hands events to `consumer` on the calling thread, one at a time and in order, until the server
  /// ends the watch or `stop` is stopped; then it returns. Nothing is queued on this side: a
  /// consumer that is too slow is cut off by the server, as an event of type ERROR with reason
  /// `Expired`.
  ///
  /// What the consumer throws ends the watch and is thrown on.
  public void watch(
      GroupVersionResource resource,
      String namespace,
      ListOptions options,
      StopSignal stop,
      Consumer<WatchEvent> consumer) {
    ResourcePath path = ResourcePath.collection(resource, namespace);
    exchange.stream(
        path, options.toQuery(true), stop, line -> consumer.accept(WatchEvent.parse(line)));
  }

  /// Creates the object in the namespace that it names.
  ///
  /// @return the object as stored
  public ApiObject create(GroupVersionResource resource, ApiObject object) {
    ResourcePath path = ResourcePath.collection(resource, object.namespace());
    return ApiObject.of(exchange.call("POST", path, written(), JSON, Json.bytes(object.json())));
  }

  /// Creates something at an endpoint of the object that the body names, such as `token`.
  ///
  /// @return what the endpoint answers
  public ApiObject createSubresource(
      GroupVersionResource resource, ApiObject body, String subresource) {
    ResourcePath path =
        ResourcePath.object(resource, body.namespace(), body.name()).subresource(subresource);
    return ApiObject.of(exchange.call("POST", path, written(), JSON, Json.bytes(body.json())));
  }

  /// Replaces the object; when it carries a resourceVersion, only if that is still the stored one.
  public ApiObject update(GroupVersionResource resource, ApiObject object) {
    return put(ResourcePath.object(resource, object.namespace(), object.name()), object);
  }

  /// Replaces the object's `status` and nothing else.
  public ApiObject updateStatus(GroupVersionResource resource, ApiObject object) {
    return updateSubresource(resource, object, "status");
  }

  /// Replaces a part of the object that has an endpoint of its own, such as `finalize`.
  public ApiObject updateSubresource(
      GroupVersionResource resource, ApiObject object, String subresource) {
    ResourcePath path = ResourcePath.object(resource, object.namespace(), object.name());
    return put(path.subresource(subresource), object);
  }

  private ApiObject put(ResourcePath path, ApiObject object) {
    return ApiObject.of(exchange.call("PUT", path, written(), JSON, Json.bytes(object.json())));
  }

  public ApiObject patch(
      GroupVersionResource resource, String namespace, String name, PatchType type, byte[] patch) {
    return patch(ResourcePath.object(resource, namespace, name), type, patch);
  }

  public ApiObject patchStatus(
      GroupVersionResource resource, String namespace, String name, PatchType type, byte[] patch) {
    ResourcePath path = ResourcePath.object(resource, namespace, name);
    return patch(path.subresource("status"), type, patch);
  }

  /// Server-side apply: makes the stored object have the fields of `object`, taking them over from
  /// other managers, and drops those that this client applied earlier and no longer wants.
  public ApiObject apply(GroupVersionResource resource, ApiObject object) {
    ResourcePath path = ResourcePath.object(resource, object.namespace(), object.name());
    return patch(path, PatchType.APPLY, Json.bytes(object.json()));
  }

  private ApiObject patch(ResourcePath path, PatchType type, byte[] patch) {
    Query query =
        type == PatchType.APPLY
            ? Query.of("fieldManager", fieldManager, "force", "true")
            : written();
    return ApiObject.of(exchange.call("PATCH", path, query, type.mediaType(), patch));
  }

  /// Deletes the object, or marks it for deletion when finalizers hold it.
  ///
  /// @return the object when it is still there, else a `Status`
  public ApiObject delete(
      GroupVersionResource resource, String namespace, String name, DeleteOptions options) {
    return delete(ResourcePath.object(resource, namespace, name), Query.EMPTY, options);
  }

  /// Deletes every object that the selectors of `selection` match.
  public void deleteCollection(
      GroupVersionResource resource,
      String namespace,
      ListOptions selection,
      DeleteOptions options) {
    ResourcePath path = ResourcePath.collection(resource, namespace);
    delete(path, selection.toQuery(false), options);
  }

  private ApiObject delete(ResourcePath path, Query query, DeleteOptions options) {
    byte[] body = Json.bytes(options.toJson());
    return ApiObject.of(exchange.call("DELETE", path, query, JSON, body));
  }

  private Query written() {
    return Query.of("fieldManager", fieldManager);
  }

  static boolean is(StatusException e, StatusReason reason) {
    return e.status().reason().equals(reason.text());
  }

  /// Whether a version that was asked for is no longer to be had, so that only a new list helps.
  static boolean gone(StatusException e) {
    return e.status().code() == StatusReason.EXPIRED.code();
  }
}
