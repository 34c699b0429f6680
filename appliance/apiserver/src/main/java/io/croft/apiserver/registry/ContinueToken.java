package io.croft.apiserver.registry;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.Statuses;
import io.croft.store.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// Where a list goes on: kube-apiserver's `continue` token, so that either server can go on with
/// the other's.
///
/// @param revision the revision that the list is pinned to
/// @param lastKey the last key that was told
record ContinueToken(long revision, Bytes lastKey) {
  private static final String VERSION = "meta.k8s.io/v1";

  String encode(Bytes collection) {
    String start = lastKey.asUtf8().substring(collection.asUtf8().length()) + "\u0000";
    ObjectNode json = Json.object().put("v", VERSION).put("rv", revision).put("start", start);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(json));
  }

  /// @param collection the prefix of the collection that is listed; the token cannot lead out of it
  /// @throws io.croft.model.StatusException 400 when the token is not one of ours
  static ContinueToken decode(String token, Bytes collection) {
    try {
      ObjectNode json = Json.parseObject(Base64.getUrlDecoder().decode(token));
      String start = json.path("start").asText("");
      long revision = json.path("rv").asLong();
      if (!json.path("v").asText("").equals(VERSION)
          || revision <= 0
          || !start.endsWith("\u0000")) {
        throw invalid();
      }
      byte[] key =
          (collection.asUtf8() + start.substring(0, start.length() - 1))
              .getBytes(StandardCharsets.UTF_8);
      return new ContinueToken(revision, Bytes.wrap(key));
    } catch (IllegalArgumentException | MalformedJsonException e) {
      throw invalid();
    }
  }

  private static RuntimeException invalid() {
    return Statuses.badRequest(
        "invalid continue token: it must be the one of the list's last answer");
  }
}
