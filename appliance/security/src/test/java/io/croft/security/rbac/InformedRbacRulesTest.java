package io.croft.security.rbac;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.HttpResponse.BodySink;
import io.croft.base.http.Query;
import io.croft.client.ApiClient;
import io.croft.client.Informers;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.security.Attributes;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class InformedRbacRulesTest {
  private final RbacApi api = new RbacApi();
  private final Informers informers = new Informers(new ApiClient(api, "test"));
  private final RbacRules rules = new InformedRbacRules(informers);
  private final RbacAuthorizer authorizer = new RbacAuthorizer(rules);

  @BeforeEach
  void start() {
    api.list(
        "clusterroles",
        """
        {"metadata":{"name":"view","resourceVersion":"1"},
         "rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]},
                  {"verbs":["get"],"nonResourceURLs":["/healthz"]}]}\
        """);
    api.list(
        "roles",
        """
        {"metadata":{"name":"edit","namespace":"a","resourceVersion":"2"},
         "rules":[{"verbs":["update"],"apiGroups":[""],"resources":["pods"],"resourceNames":["p"]}]}\
        """,
        """
        {"metadata":{"name":"empty","namespace":"a","resourceVersion":"3"}}\
        """);
    api.list(
        "clusterrolebindings",
        """
        {"metadata":{"name":"viewers","resourceVersion":"4"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},
         "subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"dev"}]}\
        """);
    api.list(
        "rolebindings",
        """
        {"metadata":{"name":"editors","namespace":"a","resourceVersion":"5"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"edit"},
         "subjects":[{"kind":"ServiceAccount","name":"robot","namespace":"a"}]}\
        """,
        """
        {"metadata":{"name":"nobody","namespace":"ab","resourceVersion":"6"},
         "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"}}\
        """);
    informers.start();
    eventually(informers::ready);
  }

  @AfterEach
  void stop() {
    informers.stop();
  }

  @Test
  void readsRolesAndBindings() {
    assertThat(rules.clusterRole("view").orElseThrow())
        .containsExactly(
            new PolicyRule(List.of("get"), List.of(""), List.of("pods"), List.of(), List.of()),
            new PolicyRule(List.of("get"), List.of(), List.of(), List.of(), List.of("/healthz")));
    assertThat(rules.role("a", "empty")).isEqualTo(Optional.of(List.of()));
    assertThat(rules.role("b", "edit")).isEmpty();
    assertThat(rules.clusterRole("edit")).isEmpty();
    assertThat(rules.roleBindings("a")).extracting(RoleBinding::name).containsExactly("editors");
    assertThat(rules.roleBindings("ab")).extracting(RoleBinding::name).containsExactly("nobody");
    assertThat(rules.clusterRoleBindings())
        .containsExactly(
            new RoleBinding(
                "", "viewers", "ClusterRole", "view", List.of(new Subject("Group", "", "dev"))));
  }

  @Test
  void decidesByThem() {
    UserInfo robot = UserInfo.of("system:serviceaccount:a:robot");
    assertThat(allowed(robot, "PUT", "/api/v1/namespaces/a/pods/p")).isTrue();
    assertThat(allowed(robot, "PUT", "/api/v1/namespaces/a/pods/q")).isFalse();
    assertThat(allowed(UserInfo.of("alice", "dev"), "GET", "/healthz")).isTrue();
  }

  @Test
  void followsChanges() {
    UserInfo alice = UserInfo.of("alice", "dev");
    String pod = "/api/v1/namespaces/a/pods/p";
    assertThat(allowed(alice, "DELETE", pod)).isFalse();
    api.event(
        "clusterroles",
        """
        {"type":"MODIFIED","object":{"metadata":{"name":"view","resourceVersion":"11"},\
        "rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]}}\
        """);
    eventually(() -> allowed(alice, "DELETE", pod));
    api.event(
        "clusterrolebindings",
        """
        {"type":"DELETED","object":{"metadata":{"name":"viewers","resourceVersion":"12"}}}\
        """);
    eventually(() -> !allowed(alice, "DELETE", pod));
  }

  private boolean allowed(UserInfo user, String method, String path) {
    RequestInfo info = RequestInfo.parse(method, path, Query.EMPTY);
    return authorizer.authorize(new Attributes(user, info)).allowed();
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("time left").isNegative();
      LockSupport.parkNanos(1_000_000);
    }
  }

  /// Answers lists from what it was given, and watches with what is put into a queue.
  private static final class RbacApi implements HttpHandler {
    private static final String END = "";
    private final Map<String, List<ObjectNode>> lists = new ConcurrentHashMap<>();
    private final Map<String, BlockingQueue<String>> events = new ConcurrentHashMap<>();

    void list(String plural, String... objects) {
      var items = new ArrayList<ObjectNode>();
      try {
        for (String object : objects) {
          items.add(Json.parseObject(bytes(object)));
        }
      } catch (MalformedJsonException e) {
        throw new AssertionError(e);
      }
      lists.put(plural, items);
    }

    void event(String plural, String line) {
      queue(plural).add(line + "\n");
    }

    @Override
    public HttpResponse handle(HttpRequest request) {
      String plural = request.path().substring(request.path().lastIndexOf('/') + 1);
      if (request.query().flag("watch")) {
        return new HttpResponse.Streaming(200, Headers.EMPTY, sink -> stream(plural, sink));
      }
      ObjectNode list = Json.object().put("kind", "List").put("apiVersion", "v1");
      list.putObject("metadata").put("resourceVersion", "10");
      list.putArray("items").addAll(lists.getOrDefault(plural, List.of()));
      return HttpResponse.of(200, "application/json", Json.bytes(list));
    }

    private void stream(String plural, BodySink sink) throws IOException {
      sink.onClose(() -> queue(plural).add(END));
      try {
        for (String line = queue(plural).take(); !line.isEmpty(); line = queue(plural).take()) {
          sink.write(bytes(line));
          sink.flush();
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    private BlockingQueue<String> queue(String plural) {
      return events.computeIfAbsent(plural, _ -> new LinkedBlockingQueue<>());
    }

    private static byte[] bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }
}
