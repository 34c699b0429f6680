package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.Query;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("CM-31")
class PublicRoutesTest {
  private final PublicRoutes routes =
      new PublicRoutes(
          request -> text("revocation"),
          token -> Optional.ofNullable(Map.of("abc", "abc.thumbprint").get(token)),
          request -> text("others"));

  private static HttpResponse text(String text) {
    return HttpResponse.of(200, "text/plain", text.getBytes(StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /pki/crl/1/ca, revocation",
    "GET, /.well-known/acme-challenge/abc, abc.thumbprint",
    "HEAD, /.well-known/acme-challenge/abc, abc.thumbprint",
    "POST, /.well-known/acme-challenge/abc, others",
    "GET, /.well-known/acme-challenge/abcd, others",
    "GET, /.well-known/acme-challenge/, others",
    "GET, /well-known/acme-challenge/abc, others",
    "GET, /api, others"
  })
  void answersWithoutCredentialsOnlyWhatEverybodyMayKnow(String method, String path, String by) {
    assertThat(routes.handle(HttpRequest.of(method, path, Query.EMPTY)))
        .isInstanceOfSatisfying(
            HttpResponse.Complete.class,
            answer ->
                assertThat(new String(answer.body(), StandardCharsets.US_ASCII)).isEqualTo(by));
  }
}
