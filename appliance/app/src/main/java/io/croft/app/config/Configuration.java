package io.croft.app.config;

import io.croft.apiserver.builtin.PortRange;
import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.flow.FlowControl;
import io.croft.base.HostPort;
import io.croft.base.SettingKey;
import io.croft.base.Settings;
import io.croft.base.Settings.Given;
import io.croft.base.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The settings in force: flag over environment variable over `config.yaml` over default.
///
/// @param dataDir where the appliance keeps its state; absolute
/// @param file the configuration file that was read, or null when there is none
/// @param settings all of them, with their origins
public record Configuration(Path dataDir, @Nullable Path file, Settings settings) {
  private static final int MAX_INFLIGHT = 1024;

  public static final SettingKey<HostPort> LISTEN =
      SettingKey.hostPort("croft.listen", "0.0.0.0:8443");

  /// Host names and addresses, separated by commas, under which the appliance is reached besides
  /// those that the machine itself knows.
  public static final SettingKey<String> NAMES = SettingKey.string("croft.names", "");

  public static final SettingKey<Engine> ENGINE =
      SettingKey.oneOf("croft.engine", Engine.class, Engine.AUTO);

  /// The addresses that services are given, of one family or of both, and the ports that nodes open
  /// for them.
  public static final SettingKey<ServiceNetwork> SERVICE_CIDR =
      SettingKey.parsed("croft.services.cidr", ServiceNetwork.USUAL_RANGE, ServiceNetwork::parse);

  public static final SettingKey<PortRange> SERVICE_NODE_PORTS =
      SettingKey.parsed("croft.services.node-ports", PortRange.USUAL.toString(), PortRange::parse);

  /// How many requests are worked on at a time; the gateway takes no more than 1024 altogether.
  public static final SettingKey<Integer> MAX_REQUESTS_INFLIGHT =
      SettingKey.integer(
          "croft.apiserver.max-requests-inflight", FlowControl.READING, 1, MAX_INFLIGHT);

  public static final SettingKey<Integer> MAX_MUTATING_REQUESTS_INFLIGHT =
      SettingKey.integer(
          "croft.apiserver.max-mutating-requests-inflight", FlowControl.WRITING, 1, MAX_INFLIGHT);

  /// Where challenges of the type HTTP-01 are answered; nowhere unless it is set.
  public static final SettingKey<Optional<HostPort>> ACME_HTTP01_LISTEN =
      SettingKey.parsed(
          "croft.acme.http01.listen",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(HostPort.parse(text)));

  /// Kubernetes' `AuthenticationConfiguration`, which names the external issuers whose ID tokens
  /// are accepted; none unless it is set.
  public static final SettingKey<Optional<Path>> AUTHENTICATION_CONFIG =
      SettingKey.parsed(
          "croft.authentication.config",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(absolute(text)));

  /// The URL that the tokens of local users name as their issuer, and others look up their keys
  /// under: that of the gateway, with the path `/identity`. Unless it is set, the gateway's
  /// address.
  public static final SettingKey<Optional<String>> ISSUER =
      SettingKey.parsed("croft.identity.issuer", "", Configuration::issuer);

  static final String DATA_DIR = "croft.data-dir";

  /// @param flags what the command line sets, by the setting's name
  /// @param file the file that the command line names; otherwise `config.yaml` in the data
  ///   directory is read when it is there
  /// @throws ConfigurationException when the file is not of the right form
  /// @throws SettingsException naming every unknown setting and every bad value
  /// @throws IOException when the file cannot be read
  public static Configuration load(
      Map<String, Given> flags, @Nullable Path file, Map<String, String> environment)
      throws SettingsException, IOException {
    SettingKey<Path> dataDirKey = SettingKey.path(DATA_DIR, defaultDataDir(environment));
    List<SettingKey<?>> known =
        List.of(
            dataDirKey,
            LISTEN,
            NAMES,
            ENGINE,
            SERVICE_CIDR,
            SERVICE_NODE_PORTS,
            MAX_REQUESTS_INFLIGHT,
            MAX_MUTATING_REQUESTS_INFLIGHT,
            ACME_HTTP01_LISTEN,
            AUTHENTICATION_CONFIG,
            ISSUER);
    Map<String, Given> variables = Settings.fromEnvironment(known, environment);

    var sources = new ArrayList<>(List.of(flags, variables));
    if (file != null) {
      sources.add(YamlFile.read(file));
      var settings = Settings.read(known, sources);
      return new Configuration(settings.get(dataDirKey), file, settings);
    }
    Path dataDir = locate(dataDirKey, flags, variables);
    Path implicit = dataDir.resolve("config.yaml");
    if (Files.notExists(implicit)) { // what cannot be looked at may exist, and must not be ignored
      return new Configuration(dataDir, null, Settings.read(known, sources));
    }
    sources.add(withoutDataDir(YamlFile.read(implicit)));
    return new Configuration(dataDir, implicit, Settings.read(known, sources));
  }

  /// `/var/lib/croft` as root, else `$XDG_DATA_HOME/croft`.
  static Path defaultDataDir(Map<String, String> environment) {
    if (System.getProperty("user.name").equals("root")) {
      return Path.of("/var/lib/croft");
    }
    String dataHome = environment.getOrDefault("XDG_DATA_HOME", "");
    Path parent =
        dataHome.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "share")
            : Path.of(dataHome);
    return parent.resolve("croft");
  }

  private static Optional<String> issuer(String text) {
    if (!text.isEmpty() && !text.matches("https://[A-Za-z0-9.:\\[\\]-]+/identity")) {
      throw new IllegalArgumentException("expected https://HOST:PORT/identity");
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static Path absolute(String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected a path: " + e.getReason(), e);
    }
  }

  private static Path locate(
      SettingKey<Path> key, Map<String, Given> flags, Map<String, Given> variables)
      throws SettingsException {
    var given =
        Optional.ofNullable(flags.get(DATA_DIR))
            .or(() -> Optional.ofNullable(variables.get(DATA_DIR)));
    var source = given.map(g -> Map.of(DATA_DIR, g)).orElse(Map.of());
    return Settings.read(List.of(key), List.of(source)).get(key);
  }

  /// A file that is found through the data directory cannot move it.
  private static Map<String, Given> withoutDataDir(Map<String, Given> values) {
    Given misplaced = values.get(DATA_DIR);
    if (misplaced != null) {
      throw new ConfigurationException(
          List.of(
              misplaced.origin()
                  + ": croft.data-dir cannot be set in the data directory's own config.yaml;"
                  + " use --data-dir, CROFT_DATA_DIR or a file given by --config"));
    }
    return values;
  }
}
