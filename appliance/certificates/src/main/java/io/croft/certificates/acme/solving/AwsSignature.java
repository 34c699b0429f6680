package io.croft.certificates.acme.solving;

import io.croft.base.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signatures of requests to AWS, version 4, for one region and service.
record AwsSignature(String accessKeyId, String secretAccessKey, String region, String service) {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  static String time(Instant now) {
    return TIME.format(now);
  }

  /// The `Authorization` of a request with the fields `host` and `x-amz-date` only.
  ///
  /// @param path and `query` as they are sent, the query's parameters in order and encoded
  /// @param time as [#time] writes it, and as it is sent in `x-amz-date`
  String authorization(
      String method, String host, String path, String query, String time, byte[] body) {
    String fields = "host;x-amz-date";
    String canonical =
        String.join(
            "\n",
            method,
            path,
            query,
            "host:" + host,
            "x-amz-date:" + time,
            "",
            fields,
            Sha256.hex(body));
    String day = time.substring(0, 8);
    String scope = String.join("/", day, region, service, "aws4_request");
    String toSign =
        String.join(
            "\n", ALGORITHM, time, scope, Sha256.hex(canonical.getBytes(StandardCharsets.UTF_8)));
    byte[] key = ("AWS4" + secretAccessKey).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    return "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s"
        .formatted(ALGORITHM, accessKeyId, scope, fields, hex(hmac(key, toSign)));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK lacks HMAC", e);
    }
  }
}
