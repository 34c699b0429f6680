package io.croft.app.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.app.client.ApplianceClient;
import io.croft.app.config.Configuration;
import io.croft.model.Json;
import io.croft.model.Names;
import io.croft.security.identity.Credentials;
import io.croft.security.identity.IdentityKinds;
import io.croft.security.identity.PasswordHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// What the commands about users ask of the API. Passwords are hashed here: they do not travel.
final class LocalUserCalls implements AutoCloseable {
  private static final String BASE =
      "/apis/" + IdentityKinds.GROUP + "/" + IdentityKinds.VERSION + "/";
  private static final String SECRETS =
      "/api/v1/namespaces/" + IdentityKinds.NAMESPACE + "/secrets";
  private static final String MERGE = "application/merge-patch+json";
  private static final String APPLY = "application/apply-patch+yaml";

  private final ApplianceClient client;

  LocalUserCalls(Configuration configuration) throws Exception {
    this.client = RunningAppliance.client(configuration);
  }

  static void requireName(String name) {
    List<String> problems = Names.dns1123Label(name);
    if (!problems.isEmpty()) {
      throw new CommandException(
          ExitCode.WRONG_USAGE, "\"%s\" is no name: %s".formatted(name, problems.getFirst()));
    }
  }

  ObjectNode create(String name, String displayName, String email)
      throws IOException, InterruptedException {
    ObjectNode user = object("User", name);
    ObjectNode spec = user.putObject("spec");
    if (!displayName.isEmpty()) {
      spec.put("displayName", displayName);
    }
    if (!email.isEmpty()) {
      spec.put("email", email);
    }
    return client.write("POST", BASE + "users", "application/json", user);
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode json =
        Json.object()
            .put("apiVersion", IdentityKinds.GROUP + "/" + IdentityKinds.VERSION)
            .put("kind", kind);
    json.putObject("metadata").put("name", name);
    return json;
  }

  ObjectNode user(String name) throws IOException, InterruptedException {
    return client.read(BASE + "users/" + name);
  }

  ObjectNode list(String plural) throws IOException, InterruptedException {
    return client.read(BASE + plural);
  }

  /// Stores the hash of a password, and ends what the user has open.
  void setPassword(ObjectNode user, String password) throws IOException, InterruptedException {
    ObjectNode secret = secret(user);
    secret
        .putObject("data")
        .put(Credentials.PASSWORD, base64(PasswordHash.of(password).toString()));
    String name = user.at("/metadata/name").asText();
    client.write(
        "PATCH",
        SECRETS + "/" + Credentials.name(name) + "?fieldManager=croft-user&force=true",
        APPLY,
        secret);
    endSessions(name);
  }

  private static ObjectNode secret(ObjectNode user) {
    String name = user.at("/metadata/name").asText();
    ObjectNode secret =
        Json.object().put("apiVersion", "v1").put("kind", "Secret").put("type", Credentials.TYPE);
    secret
        .putObject("metadata")
        .put("name", Credentials.name(name))
        .put("namespace", IdentityKinds.NAMESPACE)
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", IdentityKinds.GROUP + "/" + IdentityKinds.VERSION)
        .put("kind", "User")
        .put("name", name)
        .put("uid", user.at("/metadata/uid").asText());
    return secret;
  }

  /// @param secret in Base32; empty to take the second factor away
  void setSecondFactor(String name, String secret, List<String> recoveryCodes)
      throws IOException, InterruptedException {
    ObjectNode patch = Json.object();
    ObjectNode data = patch.putObject("data").putNull(Credentials.LAST_STEP);
    if (secret.isEmpty()) {
      data.putNull(Credentials.TOTP).putNull(Credentials.RECOVERY);
    } else {
      data.put(Credentials.TOTP, base64(secret))
          .put(Credentials.RECOVERY, base64(Credentials.hashes(recoveryCodes)));
    }
    client.write("PATCH", SECRETS + "/" + Credentials.name(name), MERGE, patch);
  }

  void setDisabled(String name, boolean disabled) throws IOException, InterruptedException {
    ObjectNode patch = Json.object();
    patch.putObject("spec").put("disabled", disabled);
    client.write("PATCH", BASE + "users/" + name, MERGE, patch);
  }

  void delete(String name) throws IOException, InterruptedException {
    client.write("DELETE", BASE + "users/" + name, "application/json", Json.object());
  }

  void endSessions(String name) throws IOException, InterruptedException {
    String selector = IdentityKinds.GROUP + "%2Fuser%3D" + name;
    client.write(
        "DELETE", SECRETS + "?labelSelector=" + selector, "application/json", Json.object());
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    client.close();
  }
}
