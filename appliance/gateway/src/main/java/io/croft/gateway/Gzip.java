package io.croft.gateway;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse.Complete;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Compresses large responses, with kube-apiserver's thresholds: long lists shrink about tenfold,
/// and level 1 costs a fifth of the default for nearly the same.
final class Gzip {
  static final int MIN_BYTES = 128 << 10;

  private Gzip() {}

  /// The response compressed, if that is of use and the client accepts it; else as it is.
  static Complete apply(HttpRequest request, Complete response) {
    if (response.body().length <= MIN_BYTES
        || !request.acceptsGzip()
        || !compressible(response.headers())) {
      return response;
    }
    Headers headers =
        response.headers().with("content-encoding", "gzip").with("vary", "Accept-Encoding");
    return new Complete(response.status(), headers, compress(response.body()));
  }

  private static boolean compressible(Headers headers) {
    String type = headers.first("content-type").orElse("").toLowerCase(Locale.ROOT);
    return headers.first("content-encoding").isEmpty()
        && (type.startsWith("text/")
            || type.contains("json")
            || type.contains("yaml")
            || type.contains("javascript")
            || type.contains("protobuf")
            || type.contains("xml"));
  }

  private static byte[] compress(byte[] body) {
    var compressed = new ByteArrayOutputStream(body.length / 4);
    try (var gzip = new Fastest(compressed)) {
      gzip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot be written", e);
    }
    return compressed.toByteArray();
  }

  private static final class Fastest extends GZIPOutputStream {
    Fastest(ByteArrayOutputStream out) throws IOException {
      super(out, 8 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
