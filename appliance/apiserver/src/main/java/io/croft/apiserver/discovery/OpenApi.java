package io.croft.apiserver.discovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.aggregation.RemoteApi;
import io.croft.apiserver.aggregation.RemoteApis;
import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.resource.ResourceCatalog;
import io.croft.apiserver.resource.ResourceType;
import io.croft.apiserver.rest.Responses;
import io.croft.base.Sha256;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import io.croft.model.GroupVersionKind;
import io.croft.model.Json;
import io.croft.model.Statuses;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// Tells clients what objects look like: OpenAPI v3 per group and version, and OpenAPI v2 for all
/// at once. Documents are made when they are first asked for; clients keep them by their hash.
public final class OpenApi {
  private static final String OBJECT_META =
      Definitions.REF + "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
  private static final String LIST_META =
      Definitions.REF + "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
  private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
  private static final String INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
  private static final String V3 = "/openapi/v3";
  private static final String JSON = "application/json";

  private final ResourceCatalog catalog;
  private final Definitions definitions;
  private final RemoteApis remoteApis;
  private final String version;
  private volatile @Nullable Hashed hashed;

  /// By their place; made anew when what is served changes.
  private final Map<String, Compressed> documents = new ConcurrentHashMap<>();

  private static final class Compressed {
    private final long generation;
    private final byte[] gzip;

    Compressed(long generation, byte[] gzip) {
      this.generation = generation;
      this.gzip = gzip;
    }
  }

  /// @param remoteApis what other servers serve, and say of it themselves
  /// @param version what the documents call the server's version
  public OpenApi(
      ResourceCatalog catalog, Definitions definitions, RemoteApis remoteApis, String version) {
    this.catalog = catalog;
    this.definitions = definitions;
    this.remoteApis = remoteApis;
    this.version = version;
  }

  /// @param path `/openapi/v2`, `/openapi/v3` or below the latter
  public HttpResponse handle(HttpRequest request, String path) {
    ResourceCatalog.Snapshot all = catalog.snapshot();
    if (path.equals("/openapi/v2")) {
      return cached(request, all, path, Headers.of("content-type", JSON), () -> v2(all));
    }
    if (path.equals(V3)) {
      return Responses.json(200, index(all));
    }
    for (Map.Entry<String, List<String>> group : all.groups().entrySet()) {
      for (String served : group.getValue()) {
        if (path.equals(V3 + "/" + place(group.getKey(), served))) {
          return document(request, all, group.getKey(), served);
        }
      }
    }
    throw Statuses.noSuchResource();
  }

  private static String place(String group, String served) {
    return group.isEmpty() ? "api/" + served : "apis/" + group + "/" + served;
  }

  private ObjectNode index(ResourceCatalog.Snapshot all) {
    ObjectNode index = Json.object();
    ObjectNode paths = index.putObject("paths");
    all.groups()
        .forEach((group, versions) ->
            versions.forEach(served -> {
              String place = place(group, served);
              put(paths, place, hash(all));
            }));
    for (RemoteApi api : remoteApis.all()) {
      if (api.available() && all.in(api.group(), api.version()).isEmpty()) {
        remoteApis
            .document(api)
            .ifPresent(hash -> put(paths, place(api.group(), api.version()), hash));
      }
    }
    return index;
  }

  /// @param hash empty when the document has none
  private static void put(ObjectNode paths, String place, String hash) {
    String query = hash.isEmpty() ? "" : "?" + Query.of("hash", hash).encode();
    paths.putObject(place).put("serverRelativeURL", V3 + "/" + place + query);
  }

  /// Differs whenever a document may differ, across restarts too. Made once per change of the
  /// catalogue.
  private String hash(ResourceCatalog.Snapshot all) {
    Hashed known = hashed;
    if (known == null || known.generation() != all.generation()) {
      known = new Hashed(all.generation(), digest(all));
      hashed = known;
    }
    return known.hash();
  }

  private record Hashed(long generation, String hash) {}

  private String digest(ResourceCatalog.Snapshot all) {
    MessageDigest digest = Sha256.begin();
    digest.update(version.getBytes(StandardCharsets.UTF_8));
    for (ResourceType type : all.byResource().values()) {
      String shape =
          String.join(
              "\n",
              type.gvr().toString(),
              type.names().toString(),
              Boolean.toString(type.namespaced()),
              new TreeSet<>(type.verbs()).toString(),
              new TreeSet<>(type.subresources()).toString());
      digest.update(shape.getBytes(StandardCharsets.UTF_8));
      digest.update(Json.bytes(type.openApi()));
    }
    return HexFormat.of().withUpperCase().formatHex(digest.digest());
  }

  private HttpResponse document(
      HttpRequest request, ResourceCatalog.Snapshot all, String group, String served) {
    String hash = hash(all);
    boolean current = request.query().first("hash").filter(hash::equals).isPresent();
    Headers headers =
        Headers.of(
            "content-type",
            JSON,
            "etag",
            "\"" + hash + "\"",
            "cache-control",
            // A document under its hash never changes.
            current ? "public, immutable, max-age=31536000" : "no-cache, private");
    String place = place(group, served);
    return cached(request, all, place, headers, () -> v3(all, group, served));
  }

  /// A document as it was made when it was first asked for, kept compressed.
  private HttpResponse cached(
      HttpRequest request,
      ResourceCatalog.Snapshot all,
      String place,
      Headers headers,
      Supplier<ObjectNode> document) {
    Compressed kept = documents.get(place);
    if (kept == null || kept.generation != all.generation()) {
      kept = new Compressed(all.generation(), compress(Json.bytes(document.get())));
      documents.put(place, kept);
      // What is no longer served, or has changed, need not be kept.
      documents.values().removeIf(other -> other.generation < all.generation());
    }
    return request.acceptsGzip()
        ? new HttpResponse.Complete(
            200,
            headers.with("content-encoding", "gzip").with("vary", "Accept-Encoding"),
            kept.gzip)
        : new HttpResponse.Complete(200, headers, decompress(kept.gzip));
  }

  private static byte[] compress(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return out.toByteArray();
  }

  private static byte[] decompress(byte[] gzip) {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be read", e);
    }
  }

  private ObjectNode v3(ResourceCatalog.Snapshot all, String group, String served) {
    ObjectNode document = Json.object().put("openapi", "3.0.0");
    document.putObject("info").put("title", "Kubernetes").put("version", version);
    ObjectNode paths = document.putObject("paths");
    ObjectNode schemas = Json.object();
    for (ResourceType type : all.in(group, served)) {
      String name = schemaName(type);
      addSchema(schemas, type, name);
      new Paths(paths, type, Definitions.REF + name).add();
    }
    eitherNumberOrText(schemas, QUANTITY, "number");
    eitherNumberOrText(schemas, INT_OR_STRING, "integer");
    document.putObject("components").set("schemas", schemas);
    return document;
  }

  /// OpenAPI v3 can say what v2 cannot: that a value is a number or a text.
  private static void eitherNumberOrText(ObjectNode schemas, String name, String number) {
    if (schemas.get(name) instanceof ObjectNode schema) {
      schema.remove("type");
      ArrayNode either = schema.putArray("oneOf");
      either.addObject().put("type", "string");
      either.addObject().put("type", number);
    }
  }

  /// The name of a type's definition: that of its Go type, or for a custom resource its reversed
  /// group.
  private static String schemaName(ResourceType type) {
    if (!type.definition().isEmpty()) {
      return type.definition();
    }
    var name = new StringBuilder();
    for (String part : type.gvr().group().split("\\.")) {
      name.insert(0, part + ".");
    }
    return name + type.gvr().version() + "." + type.kind();
  }

  private void addSchema(ObjectNode schemas, ResourceType type, String name) {
    if (!type.custom()) {
      addWithReferences(schemas, name);
      if (definitions.has(name + "List")) {
        addWithReferences(schemas, name + "List");
      }
      return;
    }
    schemas.set(name, custom(type));
    schemas.set(name + "List", customList(type, name));
    addWithReferences(schemas, OBJECT_META.substring(Definitions.REF.length()));
    addWithReferences(schemas, LIST_META.substring(Definitions.REF.length()));
  }

  private void addWithReferences(ObjectNode schemas, String first) {
    Deque<String> waiting = new ArrayDeque<>(List.of(first));
    while (!waiting.isEmpty()) {
      String name = waiting.pop();
      if (!schemas.has(name)) {
        JsonNode schema = definitions.get(name);
        schemas.set(name, schema);
        // Not every "$ref" is a reference: JSONSchemaProps has a field of that name.
        schema.findValues("$ref").stream()
            .filter(JsonNode::isTextual)
            .forEach(ref -> waiting.push(ref.asText().substring(Definitions.REF.length())));
      }
    }
  }

  private static ObjectNode custom(ResourceType type) {
    ObjectNode schema =
        type.openApi() instanceof ObjectNode declared ? declared.deepCopy() : Json.object();
    ObjectNode properties =
        schema.get("properties") instanceof ObjectNode there
            ? there
            : schema.putObject("properties");
    ObjectNode typeMeta = Json.object();
    typeMeta
        .putObject("apiVersion")
        .put("type", "string")
        .put("description", "The group and version of the object's schema.");
    typeMeta.putObject("kind").put("type", "string").put("description", "The kind of the object.");
    ObjectNode metadata = typeMeta.putObject("metadata");
    metadata.put("description", "Standard object's metadata.");
    metadata.putArray("allOf").addObject().put("$ref", OBJECT_META);
    properties.setAll(typeMeta);
    schema.set("x-kubernetes-group-version-kind", gvks(type.gvk()));
    return schema;
  }

  private static ObjectNode customList(ResourceType type, String name) {
    ObjectNode list = Json.object().put("type", "object");
    ObjectNode properties = list.putObject("properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("$ref", LIST_META);
    properties
        .putObject("items")
        .put("type", "array")
        .putObject("items")
        .put("$ref", Definitions.REF + name);
    list.putArray("required").add("items");
    GroupVersionKind gvk = type.gvk();
    list.set(
        "x-kubernetes-group-version-kind",
        gvks(new GroupVersionKind(gvk.group(), gvk.version(), type.names().listKind())));
    return list;
  }

  private static ArrayNode gvks(GroupVersionKind gvk) {
    ArrayNode array = Json.array();
    array.add(gvk(gvk));
    return array;
  }

  static ObjectNode gvk(GroupVersionKind gvk) {
    return Json.object()
        .put("group", gvk.group())
        .put("version", gvk.version())
        .put("kind", gvk.kind());
  }

  private ObjectNode v2(ResourceCatalog.Snapshot all) {
    ObjectNode document = Json.object().put("swagger", "2.0");
    document.putObject("info").put("title", "Kubernetes").put("version", version);
    ObjectNode paths = document.putObject("paths");
    ObjectNode schemas = Json.object();
    for (ResourceType type : all.byResource().values()) {
      String name = schemaName(type);
      addSchema(schemas, type, name);
      new Paths(paths, type, Definitions.REF + name).add();
    }
    document.set("definitions", schemas);
    return (ObjectNode) referringToDefinitions(document);
  }

  /// OpenAPI v2 keeps its definitions elsewhere than v3.
  private static JsonNode referringToDefinitions(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode copy = Json.object();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        boolean ref = field.getKey().equals("$ref") && field.getValue().isTextual();
        if (ref) {
          copy.put("$ref", field.getValue().asText().replace(Definitions.REF, "#/definitions/"));
        } else {
          copy.set(field.getKey(), referringToDefinitions(field.getValue()));
        }
      }
      return copy;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = Json.array();
      array.forEach(item -> copy.add(referringToDefinitions(item)));
      return copy;
    }
    return node;
  }
}
