package io.croft.client;

import static io.croft.client.Eventually.eventually;
import static io.croft.client.FakeApi.WIDGETS;
import static io.croft.client.FakeApi.colour;
import static io.croft.client.FakeApi.widget;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApiClientTest {
  private static final String ROOT = "/apis/example.com/v1";

  private final FakeApi api = new FakeApi();
  private final ApiClient client = new ApiClient(api, "tester");

  @Test
  void createsReadsUpdatesAndDeletes() {
    ApiObject created = client.create(WIDGETS, widget("shop", "a", "red"));
    created.json().withObject("/spec").put("colour", "blue");
    client.update(WIDGETS, created);
    assertThat(colour(client.get(WIDGETS, "shop", "a"))).isEqualTo("blue");

    client.delete(WIDGETS, "shop", "a", DeleteOptions.DEFAULT);
    assertThat(client.find(WIDGETS, "shop", "a")).isEmpty();
    assertThat(api.requests())
        .containsExactly(
            "POST " + ROOT + "/namespaces/shop/widgets?fieldManager=tester",
            "PUT " + ROOT + "/namespaces/shop/widgets/a?fieldManager=tester",
            "GET " + ROOT + "/namespaces/shop/widgets/a",
            "DELETE " + ROOT + "/namespaces/shop/widgets/a",
            "GET " + ROOT + "/namespaces/shop/widgets/a");
  }

  @Test
  void throwsTheStatusThatTheServerAnswers() {
    ApiObject stale = client.create(WIDGETS, widget("shop", "a", "red"));
    api.put("shop", "a", "green");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> client.update(WIDGETS, stale))
        .withMessageContaining("the object has been modified")
        .satisfies(e -> assertThat(e.status().code()).isEqualTo(409))
        .satisfies(e -> assertThat(e.status().details()).isNotNull());
  }

  @Test
  void makesAStatusOfAnAnswerThatIsNone() {
    var proxy =
        new ApiClient(
            _ ->
                HttpResponse.of(
                    502, "text/plain", "bad gateway\n".getBytes(StandardCharsets.UTF_8)),
            "tester");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> proxy.get(WIDGETS, "", "a"))
        .withMessage("HTTP status 502: bad gateway")
        .satisfies(e -> assertThat(e.status().code()).isEqualTo(502));
  }

  @Test
  void addressesCoreAndClusterScopedResources() {
    var paths = new ArrayList<String>();
    var recorder =
        new ApiClient(
            request -> {
              paths.add(request.method() + " " + request.path());
              throw Statuses.internal("not here");
            },
            "tester");
    var nodes = new GroupVersionResource("", "v1", "nodes");
    var roles = new GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles");
    for (Runnable call :
        List.<Runnable>of(
            () -> recorder.get(nodes, "", "n 1"),
            () -> recorder.get(roles, "", "system:node"),
            () -> recorder.updateStatus(nodes, widget("", "n", "red")))) {
      assertThatExceptionOfType(StatusException.class).isThrownBy(call::run);
    }
    assertThat(paths)
        .containsExactly(
            "GET /api/v1/nodes/n%201",
            "GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
            "PUT /api/v1/nodes/n/status");
  }

  @Test
  void refusesToAddressAnObjectWithoutAName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.delete(WIDGETS, "shop", "", DeleteOptions.DEFAULT));
    assertThat(api.requests()).isEmpty();
  }

  @Test
  void sendsDeleteOptions() throws Exception {
    api.put("shop", "a", "red");
    client.delete(
        WIDGETS,
        "shop",
        "a",
        DeleteOptions.DEFAULT
            .withUid("u-1")
            .withResourceVersion("7")
            .withPropagation(DeleteOptions.Propagation.FOREGROUND)
            .withGracePeriod(0));

    assertThat(new String(api.lastRequest().body().readAll(1_000), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
                + "\"preconditions\":{\"uid\":\"u-1\",\"resourceVersion\":\"7\"},"
                + "\"propagationPolicy\":\"Foreground\",\"gracePeriodSeconds\":0}");
  }

  @Test
  void deletesACollectionBySelector() {
    client.deleteCollection(
        WIDGETS, "shop", ListOptions.ALL.withLabelSelector("app=web"), DeleteOptions.DEFAULT);
    assertThat(api.requests())
        .containsExactly("DELETE " + ROOT + "/namespaces/shop/widgets?labelSelector=app%3Dweb");
  }

  @Test
  void sendsAPatchAsItsType() {
    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> client.patch(WIDGETS, "shop", "a", PatchType.JSON, new byte[] {'['}));
    assertThat(api.lastRequest().headers().first("content-type"))
        .contains("application/json-patch+json");

    assertThatExceptionOfType(StatusException.class)
        .isThrownBy(() -> client.apply(WIDGETS, widget("shop", "a", "red")));
    assertThat(api.requests().getLast()).endsWith("/widgets/a?fieldManager=tester&force=true");
  }

  @Test
  void tellsItemsOfAListWhatTheyAre() {
    api.put("shop", "a", "red");
    ApiObject item = client.list(WIDGETS, "", ListOptions.ALL).items().getFirst();
    assertThat(item.kind()).isEqualTo("Widget");
    assertThat(item.apiVersion()).isEqualTo("example.com/v1");
  }

  @Test
  void listsAllPages() {
    for (String name : List.of("a", "b", "c", "d", "e")) {
      api.put("shop", name, "red");
    }
    ObjectList list = client.listAll(WIDGETS, "shop", ListOptions.ALL.withPage(2, ""));
    assertThat(list.items()).extracting(ApiObject::name).containsExactly("a", "b", "c", "d", "e");
    assertThat(list.continueToken()).isEmpty();
    assertThat(list.resourceVersion()).isEqualTo("105");
    assertThat(api.requests()).hasSize(3);
  }

  @Test
  void listsAtOnceWhenTheVersionOfThePagesIsGone() {
    for (String name : List.of("a", "b", "c")) {
      api.put("shop", name, "red");
    }
    var compacting =
        new ApiClient(
            request -> {
              HttpResponse response = api.handle(request);
              api.compact();
              return response;
            },
            "tester");
    ObjectList list = compacting.listAll(WIDGETS, "shop", ListOptions.ALL.withPage(2, ""));
    assertThat(list.items()).extracting(ApiObject::name).containsExactly("a", "b", "c");
    assertThat(api.requests().getLast()).doesNotContain("limit").doesNotContain("continue");
  }

  @Test
  void watchesUntilStoppedFromAnotherThread() throws Exception {
    String start = api.put("shop", "a", "red").resourceVersion();
    var events = new CopyOnWriteArrayList<String>();
    var stop = new StopSignal();
    Thread watcher =
        Thread.ofVirtual()
            .start(() ->
                client.watch(
                    WIDGETS,
                    "",
                    ListOptions.ALL.withWatchFrom(start, 0),
                    stop,
                    e -> events.add(e.type() + " " + e.object().name())));
    api.put("shop", "b", "red");
    api.put("shop", "b", "blue");
    api.bookmark();
    api.remove("shop", "b");
    eventually("all events", () -> events.size() == 4);
    assertThat(events).containsExactly("ADDED b", "MODIFIED b", "BOOKMARK ", "DELETED b");

    stop.stop();
    assertThat(watcher.join(Eventually.DEADLINE)).isTrue();
    assertThat(api.openWatches()).isZero();
  }

  @Test
  void doesNotWatchOnceStopped() {
    var stop = new StopSignal();
    stop.stop();
    api.put("shop", "a", "red");
    client.watch(
        WIDGETS,
        "",
        ListOptions.ALL.withWatchFrom("100", 0),
        stop,
        e -> {
          throw new AssertionError(e);
        });
    assertThat(api.openWatches()).isZero();
  }

  @Test
  void endsAWatchWhoseConsumerFails() {
    api.put("shop", "a", "red");
    assertThatIllegalStateException()
        .isThrownBy(() ->
            client.watch(
                WIDGETS,
                "",
                ListOptions.ALL.withWatchFrom("100", 0),
                new StopSignal(),
                _ -> {
                  throw new IllegalStateException("no more");
                }))
        .withMessage("no more");
    assertThat(api.openWatches()).isZero();
  }

  @Test
  void reportsAWatchThatBreaksOff() {
    api.put("shop", "a", "red");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() ->
            client.watch(
                WIDGETS,
                "",
                ListOptions.ALL.withWatchFrom("100", 0),
                new StopSignal(),
                _ -> api.cutWatches()))
        .withMessageContaining("connection reset");
  }

  @Test
  void refusesAMalformedEvent() {
    var broken =
        new ApiClient(
            _ ->
                new HttpResponse.Complete(
                    200,
                    Headers.EMPTY,
                    "{\"type\":\"ODD\",\"object\":{}}\n".getBytes(StandardCharsets.UTF_8)),
            "tester");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> broken.watch(WIDGETS, "", ListOptions.ALL, new StopSignal(), _ -> {}))
        .withMessageContaining("malformed watch event");
  }
}
