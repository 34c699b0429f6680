package io.croft.security.issuer;

import io.croft.client.ApiClient;
import io.croft.model.ApiObject;
import io.croft.model.GroupVersionResource;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.SecretObject;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/// Keeps the signing keys in the Secret `signing-keys`. Thread-safe.
final class KeyStore {
  static final GroupVersionResource SECRETS = new GroupVersionResource("", "v1", "secrets");
  private static final String NAME = "signing-keys";
  private static final String KEY = "jwks";

  private final ApiClient client;
  private final InstantSource clock;
  private volatile SigningKeys keys = SigningKeys.NONE;

  KeyStore(ApiClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  SigningKeys keys() {
    return keys;
  }

  /// Reads the keys, and makes or forgets some where it is time for that. What others see is stored
  /// before.
  ///
  /// @throws ParseException when what is stored is not in the right form
  void refresh() throws ParseException {
    Optional<ApiObject> stored = client.find(SECRETS, IdentityKinds.NAMESPACE, NAME);
    SecretObject secret =
        stored
            .map(object -> new SecretObject(object.copy()))
            .orElseGet(
                () -> SecretObject.create(NAME, IdentityKinds.GROUP + "/signing-keys", Map.of()));
    SigningKeys before = stored.isPresent() ? SigningKeys.parse(secret.get(KEY)) : SigningKeys.NONE;
    SigningKeys after = before.rotated(clock.instant());
    if (!after.equals(before)) {
      secret.put(KEY, after.text());
      if (stored.isPresent()) {
        client.update(SECRETS, secret.object());
      } else {
        client.create(SECRETS, secret.object());
      }
    }
    keys = after;
  }
}
