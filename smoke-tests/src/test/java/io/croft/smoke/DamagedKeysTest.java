package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Keys of authorities that are damaged, missing or locked: the appliance says so in one line, does
/// not start, and changes nothing.
@Tag("S29")
class DamagedKeysTest {
  @FunctionalInterface
  private interface Damage {
    void toDo(Path generation) throws Exception;
  }

  private final Map<String, Damage> damages = new TreeMap<>();

  @Test
  void anApplianceThatCannotReadItsKeysSaysWhyAndLeavesThemAlone() throws Exception {
    try (var appliance = new Appliance()) {
      Path data = Files.createDirectories(appliance.dataDirectory());
      Path passphrase = appliance.directory().resolve("passphrase");
      Files.writeString(passphrase, "correct horse\n");
      Files.writeString(
          data.resolve("config.yaml"),
          "pki:\n  key-encryption: passphrase\n  passphrase-file: %s\n".formatted(passphrase));
      appliance.start();
      appliance.terminate();

      damages.put(
          "authorities/1/ca.key holds no PEM block", this::cutOff);
      damages.put(
          "client-ca.key is missing; put it back", g -> Files.delete(g.resolve("client-ca.key")));
      damages.put(
          "node-ca.crt is missing; put it back", g -> Files.delete(g.resolve("node-ca.crt")));
      damages.put("front-proxy-ca.key does not belong to", DamagedKeysTest::swap);
      damages.put("ca.crt", g -> Files.writeString(g.resolve("ca.crt"), "no certificate"));
      damages.put("does not open", g -> Files.writeString(passphrase, "wrong\n"));
      Map<Path, String> intact = contents(appliance.directory());
      for (var damage : damages.entrySet()) {
        damage.getValue().toDo(data.resolve("pki/authorities/1"));
        Map<Path, String> before = contents(data.resolve("pki"));
        Command.Output output = appliance.croft("up", "--listen", "127.0.0.1:0").run().exited(1);
        assertThat(output.err()).doesNotContain("\tat ", "correct horse");
        assertThat(output.err().lines().filter(line -> line.startsWith("croft: ")))
            .as(damage.getKey())
            .singleElement(STRING)
            .contains(damage.getKey())
            .doesNotContain("Exception", "correct horse", "wrong", "BEGIN");
        assertThat(contents(data.resolve("pki"))).as(damage.getKey()).isEqualTo(before);
        restore(intact);
      }
      appliance.start();
      assertThat(contents(data.resolve("pki/authorities")))
          .isEqualTo(within(intact, data.resolve("pki/authorities")));
    }
  }

  private void cutOff(Path generation) throws Exception {
    Path key = generation.resolve("ca.key");
    String text = Files.readString(key);
    Files.writeString(key, text.substring(0, text.length() / 2));
  }

  private static void swap(Path generation) throws Exception {
    Path key = generation.resolve("front-proxy-ca.key");
    Files.writeString(key, Files.readString(generation.resolve("node-ca.key")));
  }

  /// The files that say who is trusted, and the passphrase.
  private static Map<Path, String> contents(Path directory) throws Exception {
    var contents = new TreeMap<Path, String>();
    try (var files = Files.walk(directory)) {
      for (Path file :
          files
              .filter(Files::isRegularFile)
              .filter(f -> f.toString().contains("/pki/") || f.endsWith("passphrase"))
              .toList()) {
        contents.put(file, Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return contents;
  }

  private static Map<Path, String> within(Map<Path, String> contents, Path directory) {
    var within = new TreeMap<>(contents);
    within.keySet().removeIf(file -> !file.startsWith(directory));
    return within;
  }

  private static void restore(Map<Path, String> contents) throws Exception {
    for (var file : contents.entrySet()) {
      Files.writeString(file.getKey(), file.getValue(), StandardCharsets.ISO_8859_1);
    }
  }
}
