package io.croft.security.issuer;

import io.croft.base.http.HttpRequest;
import io.croft.base.http.Query;
import io.croft.base.http.RequestBody;
import io.croft.model.Statuses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Reads what is sent as `application/x-www-form-urlencoded`.
final class Forms {
  private static final int MAX_BODY = 16 << 10;

  private Forms() {}

  static Query read(HttpRequest request) throws OAuthException {
    String type = request.headers().first("content-type").orElse("");
    if (!type.split(";", 2)[0].strip().equalsIgnoreCase("application/x-www-form-urlencoded")) {
      throw new OAuthException(
          "invalid_request", "the body must be application/x-www-form-urlencoded");
    }
    try {
      String body = new String(request.body().readAll(MAX_BODY), StandardCharsets.UTF_8);
      return Query.parse(body);
    } catch (RequestBody.BodyTooLargeException e) {
      throw Statuses.tooLarge("the form is too long");
    } catch (IOException | IllegalArgumentException e) {
      throw new OAuthException("invalid_request", "the form cannot be read");
    }
  }

  /// Empty when it is missing.
  static String text(Query form, String name) {
    return form.first(name).orElse("");
  }
}
