package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.http.Headers;
import io.croft.base.http.HttpResponse;
import io.croft.model.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Makes answers.
public final class Responses {
  private static final String JSON = "application/json";

  /// The most bytes of warnings in one answer, and of one warning.
  private static final int WARNINGS_MAX = 4096;

  private static final int WARNING_MAX = 256;

  private Responses() {}

  public static HttpResponse json(int status, JsonNode body) {
    return json(status, body, List.of());
  }

  /// @param warnings one line each; sent as `Warning` headers
  public static HttpResponse json(int status, JsonNode body, List<String> warnings) {
    Headers headers = Headers.of("content-type", JSON);
    int size = 0;
    for (String warning : warnings) {
      String line = clean(warning);
      size += line.length();
      if (size > WARNINGS_MAX) {
        break;
      }
      headers = headers.with("warning", "299 - \"" + line + "\"");
    }
    return new HttpResponse.Complete(status, headers, Json.bytes(body));
  }

  public static HttpResponse text(int status, String text) {
    return HttpResponse.of(
        status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /// A warning as a quoted string of a header: printable ASCII, escaped, bounded.
  private static String clean(String warning) {
    String ascii = warning.replaceAll("[^\\x20-\\x7e]", "?");
    String bounded = ascii.length() > WARNING_MAX ? ascii.substring(0, WARNING_MAX) : ascii;
    return bounded.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
