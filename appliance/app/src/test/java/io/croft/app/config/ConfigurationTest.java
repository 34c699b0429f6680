package io.croft.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import io.croft.base.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationTest {
  @TempDir Path directory;

  @Test
  void prefersFlagOverEnvironmentOverFileOverDefault() throws Exception {
    Map<String, String> environment = Map.of("CROFT_DATA_DIR", directory.toString());
    assertThat(listen(Map.of(), environment)).isEqualTo("0.0.0.0:8443");

    Files.writeString(directory.resolve("config.yaml"), "listen: 127.0.0.1:1\n");
    assertThat(listen(Map.of(), environment)).isEqualTo("127.0.0.1:1");

    environment = Map.of("CROFT_DATA_DIR", directory.toString(), "CROFT_LISTEN", "127.0.0.1:2");
    assertThat(listen(Map.of(), environment)).isEqualTo("127.0.0.1:2");

    assertThat(listen(Map.of("croft.listen", flag("127.0.0.1:3")), environment))
        .isEqualTo("127.0.0.1:3");
  }

  @Test
  void readsTheNamedFileInsteadOfTheDataDirectorys() throws Exception {
    Path named = directory.resolve("named.yaml");
    Files.writeString(named, "data-dir: " + directory.resolve("data") + "\n");

    Configuration configuration = Configuration.load(Map.of(), named, Map.of());

    assertThat(configuration.dataDir()).isEqualTo(directory.resolve("data"));
    assertThat(configuration.file()).isEqualTo(named);
  }

  @Test
  void refusesToBeMovedByTheFileInTheDataDirectory() throws Exception {
    Files.writeString(directory.resolve("config.yaml"), "\ndata-dir: /elsewhere\n");

    assertThatThrownBy(() -> load(Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("config.yaml:2: croft.data-dir cannot be set");
  }

  @Test
  void listsEveryErrorWithItsPlace() throws Exception {
    Files.writeString(directory.resolve("config.yaml"), "lisen: x\nengine: docker\n");

    assertThatThrownBy(() -> load(Map.of("CROFT_LISTEN", "nowhere")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(
            "config.yaml:1: croft.lisen: unknown setting; did you mean croft.listen?")
        .hasMessageContaining("config.yaml:2: croft.engine: bad value \"docker\"")
        .hasMessageContaining(
            "environment variable CROFT_LISTEN: croft.listen: bad value \"nowhere\"");
  }

  @Test
  void putsDataUnderTheUsersDataHome() {
    if (!System.getProperty("user.name").equals("root")) {
      assertThat(Configuration.defaultDataDir(Map.of("XDG_DATA_HOME", "/data")))
          .isEqualTo(Path.of("/data/croft"));
    } else {
      assertThat(Configuration.defaultDataDir(Map.of("XDG_DATA_HOME", "/data")))
          .isEqualTo(Path.of("/var/lib/croft"));
    }
  }

  private static String listen(Map<String, Given> flags, Map<String, String> environment)
      throws Exception {
    return Configuration.load(flags, null, environment)
        .settings()
        .get(Configuration.LISTEN)
        .toString();
  }

  private Configuration load(Map<String, String> environment) throws Exception {
    return Configuration.load(
        Map.of("croft.data-dir", flag(directory.toString())), null, environment);
  }

  private static Given flag(String value) {
    return new Given(value, new Origin.Flag("--test"));
  }
}
