package io.croft.app.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.base.AtomicFiles;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a user has open at an appliance, in a file that only the user reads:
/// `$XDG_STATE_HOME/croft/login/SERVER.json`. Only one process at a time has it, for a refresh
/// token is good once.
public final class LoginState implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final FileLock lock;

  private LoginState(Path file, FileChannel channel, FileLock lock) {
    this.file = file;
    this.channel = channel;
    this.lock = lock;
  }

  /// @param authorities by which the server is verified, in PEM; empty for those of the system
  /// @param expires when the ID token ends
  public record Tokens(String authorities, String idToken, Instant expires, String refreshToken) {
    /// As the issuer has answered.
    public static Tokens of(String authorities, ObjectNode answer, Instant now) {
      return new Tokens(
          authorities,
          answer.path("id_token").asText(""),
          now.plusSeconds(answer.path("expires_in").asLong()),
          answer.path("refresh_token").asText(""));
    }
  }

  /// Waits until no other process has it.
  public static LoginState open(Map<String, String> environment, String server) throws IOException {
    String stateHome = environment.getOrDefault("XDG_STATE_HOME", "");
    Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
    Path parent = stateHome.isEmpty() ? home.resolve(".local/state") : Path.of(stateHome);
    Path directory = parent.resolve("croft").resolve("login");
    AtomicFiles.ensurePrivateDirectory(directory);
    String name = HexFormat.of().formatHex(server.getBytes(StandardCharsets.UTF_8));
    Path lockFile = directory.resolve(name + ".lock");
    FileChannel channel =
        FileChannel.open(
            lockFile,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(AtomicFiles.SECRET));
    return new LoginState(directory.resolve(name + ".json"), channel, channel.lock());
  }

  /// Empty when the user has not logged in.
  public Optional<Tokens> read() throws IOException {
    try {
      ObjectNode json = Json.parseObject(Files.readAllBytes(file));
      return Optional.of(
          new Tokens(
              json.path("authorities").asText(""),
              json.path("idToken").asText(""),
              Instant.ofEpochSecond(json.path("expires").asLong()),
              json.path("refreshToken").asText("")));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (MalformedJsonException e) {
      throw new IOException(file + " is damaged; delete it and log in again");
    }
  }

  public void write(Tokens tokens) throws IOException {
    ObjectNode json =
        Json.object()
            .put("authorities", tokens.authorities())
            .put("idToken", tokens.idToken())
            .put("expires", tokens.expires().getEpochSecond())
            .put("refreshToken", tokens.refreshToken());
    AtomicFiles.write(file, Json.bytes(json), AtomicFiles.SECRET);
  }

  public void delete() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
