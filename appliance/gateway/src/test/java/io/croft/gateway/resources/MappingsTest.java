package io.croft.gateway.resources;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.gateway.routing.Backend;
import io.croft.gateway.routing.Filter;
import io.croft.gateway.routing.HostPattern;
import io.croft.gateway.routing.PathChange;
import io.croft.gateway.routing.PathMatch;
import io.croft.gateway.routing.RouteTable;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.Yaml;
import io.croft.pki.Identity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of emissary's objects.
@Tag("S1")
class MappingsTest {
  private final Map<GroupVersionResource, List<ApiObject>> objects = new HashMap<>();
  private final List<RouteTable.Entry> entries = new ArrayList<>();
  private final Map<String, Identity> certificates = new LinkedHashMap<>();
  private final Map<String, String> states = new LinkedHashMap<>();
  private final HostClaims claims = new HostClaims();

  private final Cluster cluster =
      new Cluster() {
        @Override
        public List<ApiObject> list(GroupVersionResource resource) {
          return objects.getOrDefault(resource, List.of());
        }

        @Override
        public Optional<ApiObject> get(
            GroupVersionResource resource, String namespace, String name) {
          return list(resource).stream()
              .filter(o -> o.namespace().equals(namespace) && o.name().equals(name))
              .findFirst();
        }

        @Override
        public List<ApiObject> slices(String namespace, String service) {
          return List.of();
        }
      };

  @BeforeEach
  void services() throws Exception {
    for (String name : List.of("quote", "canary")) {
      add(
          Kinds.SERVICES,
          "{metadata: {name: %s}, spec: {ports: [{port: 80}, {port: 8080}]}}".formatted(name));
    }
  }

  private void add(GroupVersionResource resource, String yaml) throws Exception {
    var json = (ObjectNode) Yaml.parse(yaml.getBytes(StandardCharsets.UTF_8));
    List<ApiObject> all = objects.computeIfAbsent(resource, _ -> new ArrayList<>());
    ApiObject object = ApiObject.of(json);
    if (object.namespace().isEmpty()) {
      object.setNamespace("default");
    }
    json.withObject("/metadata")
        .put("creationTimestamp", Instant.EPOCH.plusSeconds(all.size()).toString());
    all.add(object);
  }

  private void mapping(String name, String spec) throws Exception {
    add(Kinds.MAPPINGS, "{metadata: {name: %s}, spec: {%s}}".formatted(name, spec));
  }

  private void translate() {
    entries.clear();
    states.clear();
    var statuses = new ArrayList<Translation.StatusUpdate>();
    var services = new Services(cluster, new TlsPolicies(cluster));
    new Mappings(cluster, new HttpRoutes(cluster, services), new TlsSecrets(cluster))
        .translate(entries, claims, certificates, statuses);
    for (var update : statuses) {
      String reason = update.status().path("reason").asText("");
      states.put(
          update.object().name(),
          update.status().path("state").asText() + (reason.isEmpty() ? "" : ": " + reason));
    }
  }

  @Test
  void servesAMappingToWhoIsKnown() throws Exception {
    mapping("quote", "hostname: '*', prefix: /backend/, service: 'http://quote.default:8080'");
    translate();

    assertThat(states).containsEntry("quote", "Running");
    RouteTable.Entry entry = entries.getFirst();
    assertThat(entry.host()).isEqualTo(HostPattern.ALL);
    assertThat(entry.match().path()).isEqualTo(new PathMatch.Prefix("/backend"));
    assertThat(entry.route().name()).isEqualTo("Mapping default/quote rule 0");
    assertThat(entry.route().access().anonymous()).isFalse();
    assertThat(entry.route().timeouts().request()).isEqualTo(Duration.ofSeconds(3));
    assertThat(entry.route().filters())
        .containsExactly(new Filter.Rewrite(null, new PathChange.Prefix("/")));
    assertThat(entry.route().backends().getFirst().target())
        .isInstanceOfSatisfying(
            Backend.Service.class, s -> assertThat(s.name()).isEqualTo("default/quote"));
  }

  @Test
  void readsWhatRequestsItIsForAndWhatBecomesOfThem() throws Exception {
    mapping(
        "quote",
        "hostname: a.org, prefix: /x, prefix_exact: true, method: get, service: quote, rewrite: /y,"
            + " headers: {x-a: '1', x-b: true}, query_parameters: {q: '2'}, host_rewrite: b.org,"
            + " add_request_headers: {x-c: {value: '3', append: false}}, timeout_ms: 0,"
            + " remove_response_headers: [server], retry_policy: {retry_on: 5xx, num_retries: 2}");
    translate();

    assertThat(states).containsEntry("quote", "Running");
    RouteTable.Entry entry = entries.getFirst();
    assertThat(entry.host()).isEqualTo(new HostPattern("a.org"));
    assertThat(entry.match().method()).isEqualTo("GET");
    assertThat(entry.match().headers()).hasSize(2);
    assertThat(entry.match().query()).hasSize(1);
    assertThat(entry.route().filters())
        .contains(new Filter.Rewrite("b.org", new PathChange.Full("/y")))
        .hasSize(3);
    assertThat(entry.route().retry().attempts()).isEqualTo(2);
    assertThat(entry.route().retry().codes()).contains(503);
    assertThat(entry.route().timeouts().request()).isZero();
  }

  @Test
  void redirects() throws Exception {
    mapping(
        "old",
        "hostname: a.org, prefix: /old, service: new.org, host_redirect: true, path_redirect:"
            + " /new");
    translate();

    assertThat(entries.getFirst().route().filters())
        .containsExactly(new Filter.Redirect(null, "new.org", new PathChange.Full("/new"), 0, 301));
  }

  @Test
  void sharesByWeightWhatDiffersInTheServiceAlone() throws Exception {
    mapping("quote", "hostname: a.org, prefix: /, service: quote");
    mapping("canary", "hostname: a.org, prefix: /, service: canary, weight: 10");
    mapping("other", "hostname: a.org, prefix: /, service: quote, timeout_ms: 1");
    translate();

    assertThat(entries).hasSize(1);
    assertThat(entries.getFirst().route().backends())
        .extracting(Backend::weight)
        .containsExactly(90, 10);
    assertThat(states.get("other")).startsWith("Inactive: path prefix / is already served by");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          bypass_auth: true, prefix: /, service: quote      | spec.bypass_auth is not supported
          cors: {origins: '*'}, prefix: /, service: quote   | spec.cors is not supported
          service: quote                                    | spec.prefix is missing
          prefix: /, service: quote.a.b.c                   | names no service
          prefix: /, service: 'ftp://quote'                 | neither http:// nor https://
          prefix: /, service: 'quote:0'                     | has no good port
          prefix: /, service: 'https://quote:80'            | needs a BackendTLSPolicy
          prefix: /, service: none                          | no service default/none
          prefix: /, service: quote.other                   | other/quote
          prefix: /, service: quote, hostname: 'a.*'        | is no name or wildcard
          prefix: '(', prefix_regex: true, service: quote   | no regular expression
          prefix: /, service: quote, hostname: taken.org    | is another namespace's
          prefix: /, service: quote, headers: {x: 1}        | spec.headers.x is not supported
          """)
  void servesNothingThatItCannotFollow(String spec, String why) throws Exception {
    claims.add(new HostPattern("taken.org"), "other");
    mapping("quote", spec);
    translate();

    assertThat(entries).isEmpty();
    assertThat(states.get("quote")).startsWith("Inactive: ").contains(why);
  }

  @Test
  void keepsToItsHosts() throws Exception {
    add(
        Kinds.HOSTS,
        "{metadata: {name: h}, spec: {hostname: '*.org', mappingSelector: {matchLabels: {a: b}}}}");
    add(Kinds.HOSTS, "{metadata: {name: bad}, spec: {hostname: x.com, tlsSecret: {name: none}}}");
    add(
        Kinds.MAPPINGS,
        "{metadata: {name: in, labels: {a: b}}, spec: {hostname: a.org, prefix: /, service:"
            + " quote}}");
    mapping("out", "hostname: b.org, prefix: /, service: quote");
    add(
        Kinds.MAPPINGS,
        "{metadata: {name: foreign}, spec: {ambassador_id: [other], prefix: /, service: quote}}");
    translate();

    assertThat(entries).extracting(e -> e.host().text()).containsExactly("a.org");
    assertThat(states)
        .containsEntry("h", "Ready")
        .containsEntry("bad", "Error")
        .containsEntry("in", "Running")
        .containsEntry("out", "Inactive: no Host fits its name and labels")
        .doesNotContainKey("foreign");
  }
}
