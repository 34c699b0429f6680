package io.croft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse.Complete;
import io.croft.base.http.Query;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class GzipTest {
  private static final byte[] LONG = new byte[Gzip.MIN_BYTES + 1];

  private static HttpRequest accepting(String codings) {
    return HttpRequest.of("GET", "/", Query.EMPTY)
        .withHeaders(Headers.of("accept-encoding", codings));
  }

  private static Complete json(byte[] body) {
    return new Complete(200, Headers.of("content-type", "application/json"), body);
  }

  private static byte[] unpacked(byte[] body) throws IOException {
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return gzip.readAllBytes();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip|true",
        "br, GZIP|true",
        "gzip;q=0.5|true",
        "gzip; q=1|true",
        "gzip;q=0|false",
        "gzip; q=0.000|false",
        "identity|false",
        "xgzip|false",
        "''|false"
      })
  void compressesForWhomeverAcceptsIt(String codings, boolean compressed) {
    var response = Gzip.apply(accepting(codings), json(LONG));

    assertThat(response.headers().first("content-encoding").isPresent()).isEqualTo(compressed);
  }

  @Test
  void leavesShortBodiesAlone() {
    var response = json(new byte[Gzip.MIN_BYTES]);

    assertThat(Gzip.apply(accepting("gzip"), response)).isSameAs(response);
  }

  @Test
  void leavesCompressedBodiesAlone() {
    var archive = new Complete(200, Headers.of("content-type", "application/gzip"), LONG);
    var encoded =
        new Complete(
            200, Headers.of("content-type", "application/json", "content-encoding", "br"), LONG);

    assertThat(Gzip.apply(accepting("gzip"), archive)).isSameAs(archive);
    assertThat(Gzip.apply(accepting("gzip"), encoded)).isSameAs(encoded);
  }

  @ParameterizedTest
  @EnumSource
  void arrivesWhole(Version version) throws Exception {
    try (var running = RunningGateway.start(_ -> json(LONG))) {
      var request = running.request("/").header("accept-encoding", "gzip").build();
      var response = running.client(version).send(request, BodyHandlers.ofByteArray());

      assertThat(response.headers().firstValue("content-encoding")).contains("gzip");
      assertThat(response.headers().firstValue("vary")).contains("Accept-Encoding");
      assertThat(response.body()).hasSizeLessThan(LONG.length / 10);
      assertThat(unpacked(response.body())).isEqualTo(LONG);
    }
  }
}
