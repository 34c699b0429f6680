package io.croft.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Changes requests at random: a little, so that most of a request stays as valid as it was.
final class RequestMutator {
  private static final List<String> METHODS =
      List.of(
          "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get",
          "");

  private static final List<String> SEGMENTS =
      List.of(
          "",
          ".",
          "..",
          "%2e%2e",
          "%2f",
          "%00",
          "%",
          "%zz",
          "%ff",
          "api",
          "apis",
          "v1",
          "v2",
          "watch",
          "proxy",
          "namespaces",
          "default",
          "kube-system",
          "status",
          "scale",
          "finalize",
          "token",
          "binding",
          "eviction",
          "approval",
          "ephemeralcontainers",
          "resize",
          "log",
          "exec",
          "pods",
          "x",
          "*",
          "ä",
          "a".repeat(300),
          "example.com",
          "apps",
          "nodes",
          "{name}",
          "x;y",
          "a b",
          "widgets");

  private static final List<String> PARAMETERS =
      List.of(
          "limit",
          "continue",
          "labelSelector",
          "fieldSelector",
          "resourceVersion",
          "resourceVersionMatch",
          "watch",
          "allowWatchBookmarks",
          "sendInitialEvents",
          "timeoutSeconds",
          "timeout",
          "dryRun",
          "fieldValidation",
          "fieldManager",
          "force",
          "pretty",
          "propagationPolicy",
          "gracePeriodSeconds",
          "orphanDependents",
          "includeObject",
          "verbose",
          "exclude",
          "ignoreStoreReadErrorWithClusterBreakingPotential",
          "nosuch");

  private static final List<String> VALUES =
      List.of(
          "",
          "0",
          "1",
          "-1",
          "2",
          "5",
          "true",
          "false",
          "All",
          "Strict",
          "Ignore",
          "Warn",
          "Exact",
          "NotOlderThan",
          "Foreground",
          "Background",
          "Orphan",
          "Object",
          "None",
          "Metadata",
          "9223372036854775807",
          "9223372036854775808",
          "99999999999999999999999",
          "1e3",
          "0x1",
          "a=b",
          "a!=b",
          "a in (b,c)",
          "a notin (b)",
          "!a",
          "a",
          "a in (",
          ",,,",
          "a==b,c",
          "metadata.name=x",
          "metadata.name!=x",
          "metadata.namespace=default",
          "spec.nodeName=n",
          "status.phase=Pending",
          "metadata.name=x,metadata.name=y",
          "spec.nosuch=1",
          "=",
          "x".repeat(500),
          "\u0000",
          "ä€",
          "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJ4XHUwMDAwIn0",
          "null",
          "%25",
          "100000",
          "kubectl",
          "x y",
          "\n");

  private static final List<String> HEADERS =
      List.of(
          "accept", "application/json",
          "accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
          "accept", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
          "accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
          "accept", "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io",
          "accept", "application/vnd.kubernetes.protobuf",
          "accept", "application/cbor;q=0,*/*;q=x",
          "accept", ";;;,,;as=",
          "accept", "text/html",
          "accept-encoding", "gzip;q=1",
          "if-none-match", "\"x\"",
          "if-match", "*",
          "user-agent", "kubectl/v1.36 (linux/amd64)",
          "user-agent", "\u0001ä" + "x".repeat(400),
          "user-agent", "",
          "content-type", "application/json",
          "content-type", "application/json;charset=latin1",
          "content-type", "application/yaml",
          "content-type", "application/json-patch+json",
          "content-type", "application/merge-patch+json",
          "content-type", "application/strategic-merge-patch+json",
          "content-type", "application/apply-patch+yaml",
          "content-type", "application/vnd.kubernetes.protobuf",
          "content-type", ";;=",
          "content-type", "",
          "impersonate-user", "bob",
          "impersonate-user", "",
          "impersonate-group", "system:masters",
          "impersonate-uid", "1",
          "impersonate-extra-scopes", "a",
          "impersonate-extra-%zz", "a",
          "authorization", "Bearer x",
          "authorization", "Basic eDp5",
          "x-remote-user", "root",
          "content-length", "-1",
          "connection", "upgrade",
          "upgrade", "websocket");

  private static final List<String> NAMES =
      List.of(
          "apiVersion",
          "kind",
          "metadata",
          "name",
          "namespace",
          "generateName",
          "uid",
          "resourceVersion",
          "labels",
          "annotations",
          "finalizers",
          "ownerReferences",
          "managedFields",
          "deletionTimestamp",
          "creationTimestamp",
          "generation",
          "spec",
          "status",
          "data",
          "items",
          "template",
          "containers",
          "image",
          "ports",
          "$patch",
          "$setElementOrder/containers",
          "$deleteFromPrimitiveList/finalizers",
          "$retainKeys",
          "op",
          "path",
          "value",
          "from",
          "",
          "a.b/c",
          "ä",
          "f:spec",
          "k:{\"name\":\"x\"}",
          "type",
          "properties",
          "items",
          "x-kubernetes-list-type",
          "default",
          "$ref",
          "pattern",
          "replicas",
          "selector",
          "matchLabels",
          "matchExpressions",
          "rules",
          "webhooks",
          "url",
          "expression",
          "conditions",
          "clusterIP",
          "nodePort",
          "hard",
          "request",
          "usages",
          "schedule");

  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          "X",
          "-",
          "a/b/c/d",
          "default",
          "true",
          "1",
          "-1",
          "0",
          "1Gi",
          "1e400",
          "-1.5m",
          "100%",
          "101%",
          "10.0.0.1",
          "10.0.0.0/33",
          "::1",
          "2026-01-01T00:00:00Z",
          "2026-13-01T99:00:00Z",
          "v1",
          "apps/v1",
          "a/b/c",
          "delete",
          "replace",
          "merge",
          "add",
          "remove",
          "test",
          "move",
          "copy",
          "/metadata/labels/a~1b",
          "/spec/-",
          "/spec/containers/0",
          "/",
          "~2",
          "/metadata/managedFields/0",
          "\u0000",
          "\ud83d\ude00",
          "ä".repeat(300),
          "x".repeat(64),
          "x".repeat(254),
          "(a+)+$",
          "[",
          "\\",
          "* * * * *",
          "@every 1s",
          "TZ=X * * * * *",
          "AQ==",
          "not base64!",
          "https://localhost:1/",
          "kubernetes",
          "None",
          "foregroundDeletion",
          "orphan",
          "self.x > 1",
          "{.spec.x[?(@.y=='z')]}",
          ".spec.x",
          "example.com/x",
          "system:masters",
          "9".repeat(40));

  private final Random random;

  RequestMutator(Random random) {
    this.random = random;
  }

  FuzzRequest mutate(FuzzRequest seed) {
    FuzzRequest request = seed;
    int changes = 1 + (random.nextInt(4) == 0 ? random.nextInt(5) : 0);
    for (int i = 0; i < changes; i++) {
      request =
          switch (random.nextInt(12)) {
            case 0 -> request.withMethod(pick(METHODS));
            case 1, 2 -> request.withPath(path(request.path()));
            case 3, 4 -> request.withQuery(query(request.query()));
            case 5 -> request.withHeaders(headers(request.headers()));
            default -> request.withBody(body(request.body().bytes()));
          };
    }
    return request;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private String path(String path) {
    List<String> steps = new ArrayList<>(Arrays.asList(path.split("/", -1)));
    int at = random.nextInt(steps.size());
    switch (random.nextInt(6)) {
      case 0 -> steps.remove(at);
      case 1 -> steps.add(at, pick(SEGMENTS));
      case 2, 3 -> steps.set(at, pick(SEGMENTS));
      case 4 -> steps.add(at, steps.get(random.nextInt(steps.size())));
      default -> {
        return new String(bytes(path.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
      }
    }
    return String.join("/", steps);
  }

  private String query(String query) {
    if (random.nextInt(10) == 0) {
      return new String(bytes(query.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }
    String more = pick(PARAMETERS) + "=" + URLEncoder.encode(pick(VALUES), StandardCharsets.UTF_8);
    return query.isEmpty() || random.nextInt(3) == 0 ? more : query + "&" + more;
  }

  private List<String> headers(List<String> headers) {
    var more = new ArrayList<String>();
    int at = random.nextInt(HEADERS.size() / 2) * 2;
    String name = HEADERS.get(at);
    for (int i = 0; i < headers.size(); i += 2) {
      if (!headers.get(i).equals(name) || random.nextInt(5) == 0) {
        more.add(headers.get(i));
        more.add(headers.get(i + 1));
      }
    }
    more.add(name);
    more.add(HEADERS.get(at + 1));
    return more;
  }

  private byte[] body(byte[] body) {
    if (random.nextInt(8) == 0) {
      return bytes(body);
    }
    try {
      JsonNode[] root = {Json.parse(body)};
      change(root);
      return Json.bytes(root[0]);
    } catch (MalformedJsonException e) {
      return bytes(body);
    }
  }

  private byte[] bytes(byte[] given) {
    byte[] bytes = given.clone();
    int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    return switch (random.nextInt(5)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> spliced(bytes, at, new byte[] {(byte) random.nextInt(256)});
      case 2 -> spliced(bytes, at, pick(TEXTS).getBytes(StandardCharsets.UTF_8));
      case 3 -> spliced(bytes, at, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 20)));
      default -> {
        if (bytes.length > 0) {
          bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        yield bytes;
      }
    };
  }

  private static byte[] spliced(byte[] bytes, int at, byte[] more) {
    byte[] all = Arrays.copyOf(bytes, bytes.length + more.length);
    System.arraycopy(more, 0, all, at, more.length);
    System.arraycopy(bytes, at, all, at + more.length, bytes.length - at);
    return all;
  }

  /// Changes one node of a tree, any of them being as likely as another.
  private void change(JsonNode[] root) {
    var holders = new ArrayList<JsonNode>();
    collect(root[0], holders);
    if (holders.isEmpty() || random.nextInt(40) == 0) {
      root[0] = value(0);
      return;
    }
    switch (pick(holders)) {
      case ObjectNode object -> change(object, holders);
      case ArrayNode array -> change(array, holders);
      default -> throw new AssertionError("neither object nor array");
    }
  }

  private static void collect(JsonNode node, List<JsonNode> holders) {
    if (node.isContainerNode()) {
      holders.add(node);
      node.forEach(child -> collect(child, holders));
    }
  }

  private void change(ObjectNode object, List<JsonNode> others) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    String name = names.isEmpty() || random.nextInt(3) == 0 ? pick(NAMES) : pick(names);
    switch (random.nextInt(5)) {
      case 0 -> object.remove(name);
      case 1 -> object.set(name, pick(others).deepCopy());
      case 2 -> {
        JsonNode moved = object.remove(name);
        if (moved != null) {
          object.set(pick(NAMES), moved);
        }
      }
      default -> object.set(name, value(0));
    }
  }

  private void change(ArrayNode array, List<JsonNode> others) {
    int at = array.isEmpty() ? 0 : random.nextInt(array.size());
    switch (random.nextInt(4)) {
      case 0 -> array.remove(at);
      case 1 -> array.insert(at, array.isEmpty() ? value(0) : array.get(at).deepCopy());
      case 2 -> array.insert(at, pick(others).deepCopy());
      default -> array.insert(at, value(0));
    }
  }

  private JsonNode value(int depth) {
    return switch (random.nextInt(depth > 3 ? 7 : 10)) {
      case 0 -> NullNode.getInstance();
      case 1 -> Json.array().add(random.nextBoolean()).get(0);
      case 2 -> Json.number(random.nextInt(5) - 1);
      case 3 -> Json.number(random.nextLong());
      case 4 -> Json.array().add(random.nextDouble() * 1e10).get(0);
      case 5, 6 -> Json.array().add(pick(TEXTS)).get(0);
      case 7 -> {
        ArrayNode array = Json.array();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(depth + 1));
        }
        yield array;
      }
      case 8 -> {
        ObjectNode object = Json.object();
        for (int i = random.nextInt(3); i > 0; i--) {
          object.set(pick(NAMES), value(depth + 1));
        }
        yield object;
      }
      default -> nested(random.nextInt(10) == 0 ? 200 : 20);
    };
  }

  private JsonNode nested(int depth) {
    JsonNode inner = Json.number(1);
    for (int i = 0; i < depth; i++) {
      inner = random.nextBoolean() ? Json.array().add(inner) : Json.object().set("a", inner);
    }
    return inner;
  }
}
