package io.croft.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.http.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestInfoTest {
  /// What k8s.io/apiserver makes of these requests, superfluous segments apart.
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      useHeadersInDisplayName = false,
      textBlock =
          """
          # method, path, verb, group, version, namespace, plural, subresource, name
          GET,    /api/v1/namespaces,                                  list,   '', v1, '',    namespaces, '',     ''
          GET,    /api/v1/namespaces/other,                            get,    '', v1, other, namespaces, '',     other
          GET,    /api/v1/namespaces/other/pods,                       list,   '', v1, other, pods,       '',     ''
          GET,    /api/v1/namespaces/other/pods/foo,                   get,    '', v1, other, pods,       '',     foo
          HEAD,   /api/v1/namespaces/other/pods/foo,                   get,    '', v1, other, pods,       '',     foo
          GET,    /api/v1/pods,                                        list,   '', v1, '',    pods,       '',     ''
          HEAD,   /api/v1/pods,                                        list,   '', v1, '',    pods,       '',     ''
          GET,    /api/v1/proxy/namespaces/other/pods/foo,             proxy,  '', v1, other, pods,       '',     foo
          GET,    /api/v1/proxy/namespaces/other/pods/foo/sub/a/b,     proxy,  '', v1, other, pods,       '',     foo
          GET,    /api/v1/watch/pods,                                  watch,  '', v1, '',    pods,       '',     ''
          GET,    /api/v1/watch/namespaces,                            watch,  '', v1, '',    namespaces, '',     ''
          GET,    /api/v1/watch/namespaces/other/pods,                 watch,  '', v1, other, pods,       '',     ''
          GET,    /api/v1/watch/namespaces/other/pods/foo,             watch,  '', v1, other, pods,       '',     foo
          GET,    /api/v1/pods?watch=true,                             watch,  '', v1, '',    pods,       '',     ''
          GET,    /api/v1/pods?watch=1,                                watch,  '', v1, '',    pods,       '',     ''
          GET,    /api/v1/pods?watch,                                  watch,  '', v1, '',    pods,       '',     ''
          GET,    /api/v1/pods?watch=false,                            list,   '', v1, '',    pods,       '',     ''
          GET,    /api/v1/pods?watch=0,                                list,   '', v1, '',    pods,       '',     ''
          GET,    /api/v1/namespaces/other/pods/foo?watch=true,        get,    '', v1, other, pods,       '',     foo
          GET,    /api/v1/namespaces/other/pods/foo/status,            get,    '', v1, other, pods,       status, foo
          GET,    /api/v1/namespaces/other/pods/foo/proxy/sub/path,    get,    '', v1, other, pods,       proxy,  foo
          GET,    /api/v1/namespaces/other/pods/foo//zz,               get,    '', v1, other, pods,       /zz,    foo
          GET,    /api/v1/namespaces/other/pods/foo/status/zz/y,       get,    '', v1, other, pods,       status/zz/y, foo
          GET,    /api/v1/namespaces/other/status/zz,                  get,    '', v1, other, namespaces, status/zz, other
          DELETE, /api/v1/watch/namespaces/other/pods,                 delete, '', v1, '',    watch,      other/pods, namespaces
          POST,   /api/v1/proxy/pods,                                  create, '', v1, '',    proxy,      '',     pods
          GET,    /api/v1/namespaces/other/pods/foo/log,               get,    '', v1, other, pods,       log,    foo
          PUT,    /api/v1/namespaces/other/finalize,                   update, '', v1, other, namespaces, finalize, other
          PUT,    /api/v1/namespaces/other/status,                     update, '', v1, other, namespaces, status, other
          PATCH,  /api/v1/namespaces/other/pods/foo,                   patch,  '', v1, other, pods,       '',     foo
          PUT,    /api/v1/namespaces/other/pods/foo,                   update, '', v1, other, pods,       '',     foo
          POST,   /api/v1/namespaces/other/pods,                       create, '', v1, other, pods,       '',     ''
          DELETE, /api/v1/namespaces/other/pods/foo,                   delete, '', v1, other, pods,       '',     foo
          DELETE, /api/v1/namespaces/other/pods,                       deletecollection, '', v1, other, pods, '', ''
          DELETE, /api/v1/namespaces,                                  deletecollection, '', v1, '', namespaces, '', ''
          TRACE,  /api/v1/pods,                                        '',     '', v1, '',    pods,       '',     ''
          GET,    /apis/batch/v1/namespaces/other/jobs,                list,   batch, v1, other, jobs,    '',     ''
          GET,    /apis/apps/v1/namespaces/other/deployments/d/scale,  get,    apps, v1, other, deployments, scale, d
          POST,   /apis/example.com/v1beta1/widgets,                   create, example.com, v1beta1, '', widgets, '', ''
          GET,    //api/v1/pods//,                                     list,   '', v1, '',    pods,       '',     ''
          GET,    /api/v1/namespaces//pods,                            list,   '', v1, '',    pods,       '',     ''
          GET,    /api/v1/namespaces/a%62c/pods/%66oo,                 get,    '', v1, abc,   pods,       '',     foo
          GET,    /api/v1/namespaces/other/pods/a+b,                   get,    '', v1, other, pods,       '',     a+b
          GET,    /api/v1/namespaces%2Fother/pods,                     list,   '', v1, other, pods,       '',     ''
          GET,    /api/v1/namespaces/other/pods?fieldSelector=metadata.name%3Dfoo,            list,  '', v1, other, pods, '', foo
          GET,    /api/v1/pods?watch=1&fieldSelector=spec.a%3Db%2Cmetadata.name%3D%3Dfoo,     watch, '', v1, '',    pods, '', foo
          GET,    /api/v1/namespaces/other/pods?fieldSelector=metadata.name!%3Dfoo,           list,  '', v1, other, pods, '', ''
          GET,    /api/v1/namespaces/other/pods?fieldSelector=metadata.name%3Da%2Fb,          list,  '', v1, other, pods, '', ''
          GET,    /api/v1/namespaces/other/pods?fieldSelector=%3D%3D%3D,                      list,  '', v1, other, pods, '', ''
          DELETE, /api/v1/namespaces/other/pods?fieldSelector=metadata.name%3Dfoo,            deletecollection, '', v1, other, pods, '', ''
          """)
  void readsResourceRequests(
      String method,
      String uri,
      String verb,
      String group,
      String version,
      String namespace,
      String plural,
      String subresource,
      String name) {
    RequestInfo info = parse(method, uri);
    assertThat(info)
        .isEqualTo(
            new RequestInfo(
                true, verb, group, version, namespace, plural, subresource, name, info.path()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "",
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/apis",
        "/apis/apps",
        "/apis/apps/v1",
        "/healthz",
        "/livez/ping",
        "/openapi/v3/apis/apps/v1",
        "/apiserver/v1/pods",
        "/version"
      })
  void everythingElseIsNoResource(String path) {
    RequestInfo info = parse("GET", path);
    assertThat(info.resource()).isFalse();
    assertThat(info.verb()).isEqualTo("get");
    assertThat(info.path()).isEqualTo(path);
    assertThat(info.plural()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/pods/%",
        "/api/v1/pods/%4",
        "/api/v1/pods/%zz",
        "/api/v1/pods/%ff",
        "/api/v1/pods/%c0%af",
        "/api/v1/pods/%00",
        "/api/v1/pods/%0d%0a",
        "/healthz/../api/v1/secrets",
        "/healthz/%2e%2e/api/v1/secrets",
        "/api/v1/namespaces/./pods",
        "/api/v1/namespaces/a/pods/..",
        "/api/v1/watch",
        "/api/v1/proxy/"
      })
  void refusesPathsThatCouldBeReadInTwoWays(String path) {
    assertThatThrownBy(() -> parse("GET", path)).isInstanceOf(IllegalArgumentException.class);
  }

  /// The time limit is no measurement: a quadratic reader would need hours.
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void readsManySlashesInLinearTime() {
    String slashes = "/".repeat(2_000_000);
    assertThat(parse("GET", slashes + "a" + slashes + "b" + slashes).resource()).isFalse();
    assertThat(parse("GET", slashes).resource()).isFalse();
    assertThat(parse("GET", slashes + "api/v1/pods" + slashes).plural()).isEqualTo("pods");
  }

  @Test
  void knowsLongRunningRequests() {
    assertThat(parse("GET", "/api/v1/pods?watch=1").longRunning()).isTrue();
    assertThat(parse("GET", "/api/v1/namespaces/a/pods/b/log").longRunning()).isTrue();
    assertThat(parse("GET", "/api/v1/pods").longRunning()).isFalse();
    assertThat(parse("GET", "/watch").longRunning()).isFalse();
  }

  private static RequestInfo parse(String method, String uri) {
    int question = uri.indexOf('?');
    String path = question < 0 ? uri : uri.substring(0, question);
    String query = question < 0 ? "" : uri.substring(question + 1);
    return RequestInfo.parse(method, path, Query.parse(query));
  }
}
