package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A table of decisions, written down beforehand, and what the appliance decides; then the same
/// table and kube-apiserver, on the same store.
@Tag("S-22")
@Tag("S-23")
@Tag("S-24")
@Tag("S-25")
class RbacTest {
  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1/";

  /// A question to `SubjectAccessReview`, and what the answer should be.
  private record Decision(boolean allowed, String text, ObjectNode review) {}

  @Test
  void decidesAsItIsWritten() throws Exception {
    List<Decision> decisions = decisions();
    assertThat(decisions).hasSizeGreaterThan(300);
    assertThat(decisions.stream().filter(Decision::allowed)).hasSizeGreaterThan(150);
    try (var appliance = new Appliance()) {
      appliance.start();
      try (Api api = appliance.api()) {
        new Kubectl(appliance).apply(resource("rbac-objects.yaml"));
        eventually(
            "roles are aggregated",
            () -> api.get(RBAC + "clusterroles/t-org").json().path("rules").size() == 3);
        assertThat(wrong(api, decisions)).isEmpty();
        assertThat(wrongRequests(appliance.server(), appliance.identity(), token(api))).isEmpty();
      }

      appliance.terminate();
      try (KubeApiServer peer = KubeApiServer.onStoreOf(appliance);
          Api api = peer.api()) {
        eventually("it has read the roles", () -> allows(api, decisions.getFirst()));
        assertThat(wrong(api, decisions)).as("kube-apiserver").isEmpty();
        assertThat(wrongRequests(peer.url(), appliance.identity(), token(api)))
            .as("kube-apiserver")
            .isEmpty();
      }
    }
  }

  /// Roles of one's own, put together from the catalogue.
  @Test
  void rolesAreAggregatedFromPermissionPoints() throws Exception {
    try (var appliance = new Appliance()) {
      appliance.start();
      appliance.identity();
      var kubectl = new Kubectl(appliance);
      assertThat(
              kubectl.text(
                  "get",
                  "clusterroles",
                  "-l",
                  "permissions.croft.io/name",
                  "-o",
                  "jsonpath={range .items[*]}{.metadata.name}:"
                      + " {.metadata.annotations.permissions\\.croft\\.io/description}{'\\n'}{end}"))
          .contains("croft:users-view: See users and groups", "croft:audit-query: Search");
      kubectl.apply(
          """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRole
          metadata: {name: helpdesk}
          aggregationRule:
            clusterRoleSelectors:
            - matchExpressions:
              - {key: permissions.croft.io/name, operator: In, values: [users-view, metrics-view]}
          ---
          apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRoleBinding
          metadata: {name: helpdesk}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: helpdesk}
          subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: hilda}]
          """);
      eventually("the role is aggregated", () -> may(kubectl, "list", "users.identity.croft.io"));
      assertThat(may(kubectl, "get", "/metrics")).isTrue();
      assertThat(may(kubectl, "update", "users.identity.croft.io")).isFalse();
      assertThat(may(kubectl, "get", "/croft/v1/store/snapshot")).isFalse();

      kubectl.text(
          "patch",
          "clusterrole",
          "helpdesk",
          "--type=json",
          "-p",
          "[{\"op\":\"replace\",\"path\":\"/aggregationRule/clusterRoleSelectors/0/matchExpressions/0/values\",\"value\":[\"metrics-view\"]}]");
      eventually("the right is gone", () -> !may(kubectl, "list", "users.identity.croft.io"));
      assertThat(may(kubectl, "get", "/metrics")).isTrue();
    }
  }

  private static boolean may(Kubectl kubectl, String verb, String what) {
    return kubectl.run("auth", "can-i", verb, what, "--as=hilda").text().equals("yes");
  }

  private static List<String> wrong(Api api, List<Decision> decisions) throws Exception {
    var wrong = new ArrayList<String>();
    for (Decision decision : decisions) {
      if (allows(api, decision) != decision.allowed()) {
        wrong.add(decision.text() + " should be " + decision.allowed());
      }
    }
    return wrong;
  }

  private static boolean allows(Api api, Decision decision) throws Exception {
    Api.Answer answer =
        api.post(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews", decision.review().toString());
    assertThat(answer.status()).as(decision.text() + ": " + answer.body()).isEqualTo(201);
    return answer.json().path("status").path("allowed").asBoolean();
  }

  private static List<Decision> decisions() throws IOException {
    var decisions = new ArrayList<Decision>();
    for (String line : lines("rbac-decisions.txt")) {
      String[] words = line.split(" +");
      for (String who : words[1].split(",")) {
        for (String verb : words[2].split(",")) {
          for (String what : words[3].split(",")) {
            for (String name : words.length > 5 ? words[5].split(",") : new String[] {""}) {
              ObjectNode review = review(who);
              String namespace = words.length > 4 && !words[4].equals("-") ? words[4] : "";
              attributes(review, verb.replace("''", ""), what, namespace, name);
              String text = String.join(" ", who, verb, what, namespace, name).strip();
              decisions.add(new Decision(words[0].equals("+"), text, review));
            }
          }
        }
      }
    }
    return decisions;
  }

  private static ObjectNode review(String who) {
    ObjectNode review = Api.MAPPER.createObjectNode();
    review.put("apiVersion", "authorization.k8s.io/v1").put("kind", "SubjectAccessReview");
    ObjectNode spec = review.putObject("spec").put("user", user(who));
    groups(who).forEach(spec.putArray("groups")::add);
    return review;
  }

  private static void attributes(
      ObjectNode review, String verb, String what, String namespace, String name) {
    ObjectNode spec = (ObjectNode) review.path("spec");
    if (what.startsWith("/")) {
      spec.putObject("nonResourceAttributes").put("verb", verb).put("path", what);
      return;
    }
    String[] sub = what.split("/", 2);
    String[] group = sub[0].split("\\.", 2);
    spec.putObject("resourceAttributes")
        .put("verb", verb)
        .put("resource", group[0])
        .put("group", group.length > 1 ? group[1] : "")
        .put("subresource", sub.length > 1 ? sub[1] : "")
        .put("namespace", namespace)
        .put("name", name);
  }

  private static String user(String who) {
    String[] account = who.split("@");
    return account.length > 1
        ? "system:serviceaccount:" + account[1] + ":" + account[0]
        : who.split("\\+")[0];
  }

  private static List<String> groups(String who) {
    String[] account = who.split("@");
    if (account.length > 1) {
      return List.of(
          "system:serviceaccounts", "system:serviceaccounts:" + account[1], "system:authenticated");
    }
    String[] words = who.split("\\+");
    return List.of(words).subList(1, words.length);
  }

  /// Of the service account that may be somebody else.
  private static String token(Api api) throws Exception {
    Api.Answer answer =
        api.post(
            "/api/v1/namespaces/red/serviceaccounts/mime/token",
            "{\"kind\":\"TokenRequest\",\"apiVersion\":\"authentication.k8s.io/v1\",\"spec\":{\"expirationSeconds\":3600}}");
    return answer.json().path("status").path("token").asText();
  }

  private static List<String> wrongRequests(String server, Identity admin, String token)
      throws Exception {
    var wrong = new ArrayList<String>();
    try (HttpClient http = HttpClient.newBuilder().sslContext(admin.tls()).build();
        HttpClient plain = HttpClient.newBuilder().sslContext(admin.anonymous().tls()).build()) {
      for (String line : lines("rbac-requests.txt")) {
        String[] words = line.split(" +", 6);
        boolean allowed = words[0].equals("+");
        boolean as = words[3].equals("AS");
        HttpRequest request =
            as ? impersonation(server, words, token) : write(server, words).build();
        var answer = (as ? plain : http).send(request, BodyHandlers.ofString());
        JsonNode status = Api.MAPPER.readTree(answer.body());
        boolean through = answer.statusCode() < 300;
        boolean known =
            through
                || status.path("reason").asText().equals("Forbidden")
                || status.path("reason").asText().equals("NotFound");
        if (through != allowed || !known) {
          wrong.add(line + " → " + answer.statusCode() + " " + answer.body());
        }
      }
    }
    return wrong;
  }

  private static HttpRequest impersonation(String server, String[] words, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(server + "/apis/authentication.k8s.io/v1/selfsubjectreviews"))
            .timeout(Duration.ofSeconds(60))
            .header("content-type", "application/json")
            .header("authorization", "Bearer " + token)
            .header("impersonate-user", user(words[1]))
            .POST(
                BodyPublishers.ofString(
                    "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\"}"));
    if (!words[1].contains("@")) {
      groups(words[1]).forEach(group -> request.header("impersonate-group", group));
    }
    if (words.length > 4) {
      String[] pair = words[4].split("=");
      request.header(
          pair[0].equals("uid") ? "impersonate-uid" : "impersonate-extra-" + pair[0], pair[1]);
    }
    return request.build();
  }

  private static HttpRequest.Builder write(String server, String[] words) {
    String kind = kind(words[3]);
    String body =
        switch (words[4]) {
          case "ROLE" -> role(kind, words[5]);
          case "BIND" -> binding(kind, words[5]);
          default -> words[4] + (words.length > 5 ? " " + words[5] : "");
        };
    boolean patch = words[2].equals("PATCH");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + RBAC + words[3] + "?dryRun=All"))
            .timeout(Duration.ofSeconds(60))
            .header("content-type", patch ? "application/merge-patch+json" : "application/json")
            .header("impersonate-user", user(words[1]))
            .method(words[2], BodyPublishers.ofString(body));
    groups(words[1]).forEach(group -> request.header("impersonate-group", group));
    return request;
  }

  private static String role(String kind, String rule) {
    return """
    {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"%s","metadata":{"name":"new"},"rules":[%s]}
    """
        .formatted(kind, rule);
  }

  private static String binding(String kind, String role) {
    return """
    {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"%s","metadata":{"name":"new"},
     "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"%s"},
     "subjects":[{"kind":"User","name":"friend","apiGroup":"rbac.authorization.k8s.io"}]}
    """
        .formatted(kind, role);
  }

  private static String kind(String path) {
    return switch (path.replaceFirst("^namespaces/[a-z]+/", "").split("/")[0]) {
      case "clusterroles" -> "ClusterRole";
      case "clusterrolebindings" -> "ClusterRoleBinding";
      case "roles" -> "Role";
      case "rolebindings" -> "RoleBinding";
      default -> throw new IllegalArgumentException(path);
    };
  }

  private static List<String> lines(String name) throws IOException {
    return resource(name)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = RbacTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
