package io.croft.app.config;

import io.croft.apiserver.builtin.PortRange;
import io.croft.apiserver.builtin.ServiceNetwork;
import io.croft.apiserver.flow.FlowControl;
import io.croft.base.HostPort;
import io.croft.base.SettingKey;
import io.croft.base.Settings;
import io.croft.base.Settings.Given;
import io.croft.base.SettingsException;
import io.croft.certificates.signing.ApprovedSigners;
import io.croft.engine.k3s.K3sVersion;
import io.croft.gateway.tracing.SpanExporter;
import io.croft.pki.PkiConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final int MAX_RATE = 1_000_000;

  public static final SettingKey<HostPort> LISTEN =
      SettingKey.hostPort("croft.listen", "0.0.0.0:8443");

  /// Host names and addresses, separated by commas, under which the appliance is reached besides
  /// those that the machine itself knows.
  public static final SettingKey<String> NAMES = SettingKey.string("croft.names", "");

  public static final SettingKey<Engine> ENGINE =
      SettingKey.oneOf("croft.engine", Engine.class, Engine.AUTO);

  /// The k3s to run; otherwise one is looked for on the PATH and in the bundle. Of that name, so
  /// that its variable is `CROFT_K3S`.
  public static final SettingKey<Optional<Path>> K3S = optionalPath("croft.k3s");

  /// Where k3s listens on the loopback address; its API server has the next port.
  public static final SettingKey<Integer> K3S_PORT =
      SettingKey.integer("croft.k3s-port", 6443, 1024, 65_534);

  /// Whether this host runs containers; `auto` where it can.
  public static final SettingKey<K3sAgent> K3S_AGENT =
      SettingKey.oneOf("croft.k3s-agent", K3sAgent.class, K3sAgent.AUTO);

  /// A release to fetch where there is none, its fingerprint, and from where. Nothing is fetched
  /// unless the first two are set.
  public static final SettingKey<Optional<K3sVersion>> K3S_VERSION =
      SettingKey.parsed(
          "croft.k3s-version",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(K3sVersion.parse(text)));

  public static final SettingKey<String> K3S_SHA256 =
      SettingKey.parsed("croft.k3s-sha256", "", Configuration::sha256);

  public static final SettingKey<URI> K3S_MIRROR =
      SettingKey.parsed(
          "croft.k3s-mirror",
          "https://github.com/k3s-io/k3s/releases/download",
          Configuration::mirror);

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

  /// How long a certificate that was replaced by one of other authorities counts as in use still.
  public static final SettingKey<Duration> PKI_OVERLAP =
      SettingKey.duration("croft.pki.overlap", "24h", PkiConfig.MIN_OVERLAP, Duration.ofDays(365));

  /// Where clients reach `/pki`, which tells what is revoked; certificates point there if it is
  /// set.
  public static final SettingKey<Optional<String>> PKI_URL =
      SettingKey.parsed("croft.pki.url", "", Configuration::pkiUrl);

  /// With what key files are encrypted.
  public static final SettingKey<KeyEncryption> PKI_KEY_ENCRYPTION =
      SettingKey.oneOf("croft.pki.key-encryption", KeyEncryption.class, KeyEncryption.NONE);

  /// Where the passphrase of key files is.
  public static final SettingKey<Optional<Path>> PKI_PASSPHRASE_FILE =
      SettingKey.parsed(
          "croft.pki.passphrase-file",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text).toAbsolutePath()));

  /// Whether requests for certificates are approved without anybody having a look.
  public static final SettingKey<Boolean> CERTIFICATES_APPROVE =
      SettingKey.flag("croft.certificates.approve", true);

  /// For which issuers they are.
  public static final SettingKey<ApprovedSigners> CERTIFICATES_APPROVE_SIGNERS =
      SettingKey.parsed(
          "croft.certificates.approve-signers", ApprovedSigners.USUAL, ApprovedSigners::parse);

  /// The audit policy, a `Policy` of `audit.k8s.io/v1`; the usual one unless it is set.
  public static final SettingKey<Optional<Path>> AUDIT_POLICY =
      optionalPath("croft.audit.policy-file");

  /// Where audit events are sent besides the log, with which authorities the server is verified,
  /// and the file with the bearer token that it is shown.
  public static final SettingKey<Optional<URI>> AUDIT_WEBHOOK =
      SettingKey.parsed(
          "croft.audit.webhook.url",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(URI.create(text)));

  public static final SettingKey<Optional<Path>> AUDIT_WEBHOOK_CA =
      optionalPath("croft.audit.webhook.ca-file");

  public static final SettingKey<Optional<Path>> AUDIT_WEBHOOK_TOKEN =
      optionalPath("croft.audit.webhook.token-file");

  /// How many requests a user may send per second, and how many may come from one address; 0 for no
  /// limit.
  public static final SettingKey<Integer> REQUESTS_PER_USER =
      SettingKey.integer("croft.limits.requests-per-user", 500, 0, MAX_RATE);

  public static final SettingKey<Integer> REQUESTS_PER_ADDRESS =
      SettingKey.integer("croft.limits.requests-per-address", 1_000, 0, MAX_RATE);

  /// How many connections may be open; more are closed as soon as they are accepted. Each is a file
  /// for the operating system, which has a limit too.
  public static final SettingKey<Integer> CONNECTIONS =
      SettingKey.integer("croft.limits.connections", 12_000, 10, 1_000_000);

  /// Whether there is a line for each request in `logs/access.log`.
  public static final SettingKey<Boolean> ACCESS_LOG =
      SettingKey.flag("croft.gateway.access-log", false);

  /// The OpenTelemetry collector that is sent a span for each request, by OTLP over HTTP; none
  /// unless it is set here or by `OTEL_EXPORTER_OTLP_ENDPOINT`. And which share of the traces that
  /// begin here is recorded.
  public static final SettingKey<Optional<SpanExporter.Config>> TRACING_ENDPOINT =
      SettingKey.parsed(
          "croft.tracing.endpoint",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(SpanExporter.Config.of(text)));

  public static final SettingKey<Integer> TRACING_PERCENT =
      SettingKey.integer("croft.tracing.percent", 100, 0, 100);

  /// Whether routes may lead to services of this machine itself: to loopback and link-local
  /// addresses, where things listen that trust whoever reaches them.
  public static final SettingKey<Boolean> ROUTES_LOCAL_BACKENDS =
      SettingKey.flag("croft.routes.local-backends", false);

  /// Whether routes may serve under the appliance's own names and addresses, beside its own paths:
  /// what they serve is of one origin with the login then.
  public static final SettingKey<Boolean> ROUTES_OWN_NAMES =
      SettingKey.flag("croft.routes.own-names", false);

  /// How long the certificates of joined hosts live; they are renewed at two thirds of it.
  public static final SettingKey<Duration> FLEET_CERTIFICATE_LIFE =
      SettingKey.duration(
          "croft.fleet.certificate-life", "90d", Duration.ofMinutes(5), Duration.ofDays(365));

  /// Kubernetes' `AuthenticationConfiguration`, which names the external issuers whose ID tokens
  /// are accepted; none unless it is set.
  public static final SettingKey<Optional<Path>> AUTHENTICATION_CONFIG =
      SettingKey.parsed(
          "croft.authentication.config",
          "",
          text -> text.isEmpty() ? Optional.empty() : Optional.of(absolute(text)));

  /// Kubernetes' `AuthorizationConfiguration`, which names authorizers elsewhere; RBAC alone
  /// decides unless it is set.
  public static final SettingKey<Optional<Path>> AUTHORIZATION_CONFIG =
      optionalPath("croft.authorization.config");

  /// A `DirectoryConfiguration`, which names the LDAP directories whose users may log in; none
  /// unless it is set.
  public static final SettingKey<Optional<Path>> DIRECTORIES =
      optionalPath("croft.identity.directories");

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
            K3S,
            K3S_PORT,
            K3S_AGENT,
            K3S_VERSION,
            K3S_SHA256,
            K3S_MIRROR,
            SERVICE_CIDR,
            SERVICE_NODE_PORTS,
            MAX_REQUESTS_INFLIGHT,
            MAX_MUTATING_REQUESTS_INFLIGHT,
            ACME_HTTP01_LISTEN,
            CERTIFICATES_APPROVE,
            CERTIFICATES_APPROVE_SIGNERS,
            PKI_OVERLAP,
            PKI_URL,
            PKI_KEY_ENCRYPTION,
            PKI_PASSPHRASE_FILE,
            AUDIT_POLICY,
            AUDIT_WEBHOOK,
            AUDIT_WEBHOOK_CA,
            AUDIT_WEBHOOK_TOKEN,
            REQUESTS_PER_USER,
            REQUESTS_PER_ADDRESS,
            CONNECTIONS,
            ACCESS_LOG,
            TRACING_ENDPOINT,
            TRACING_PERCENT,
            ROUTES_LOCAL_BACKENDS,
            ROUTES_OWN_NAMES,
            FLEET_CERTIFICATE_LIFE,
            AUTHENTICATION_CONFIG,
            AUTHORIZATION_CONFIG,
            DIRECTORIES,
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

  /// The data directory alone, without a look at any file.
  ///
  /// @throws SettingsException when it is no path
  public static Path dataDir(Map<String, Given> flags, Map<String, String> environment)
      throws SettingsException {
    SettingKey<Path> key = SettingKey.path(DATA_DIR, defaultDataDir(environment));
    return locate(key, flags, Settings.fromEnvironment(List.of(key), environment));
  }

  private static String sha256(String text) {
    if (!text.matches("([0-9a-f]{64})?")) {
      throw new IllegalArgumentException("expected 64 hexadecimal digits");
    }
    return text;
  }

  private static URI mirror(String text) {
    if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]{1,253}(/[A-Za-z0-9._~%/-]*)?")) {
      throw new IllegalArgumentException("expected a URL such as https://mirror.example.com/k3s");
    }
    return URI.create(text);
  }

  private static Optional<String> pkiUrl(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.matches("https?://[A-Za-z0-9.:\\[\\]-]{1,253}(/[A-Za-z0-9._~/-]*)?")) {
      throw new IllegalArgumentException("expected a URL such as http://pki.example.com");
    }
    return Optional.of(text.replaceFirst("/+$", ""));
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

  private static SettingKey<Optional<Path>> optionalPath(String name) {
    return SettingKey.parsed(
        name,
        "",
        text -> text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text).toAbsolutePath()));
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
