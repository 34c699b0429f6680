package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.base.Settings.Given;
import io.croft.base.Settings.Origin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final SettingKey<HostPort> LISTEN =
      SettingKey.hostPort("croft.gateway.listen", "0.0.0.0:8443");
  private static final SettingKey<Integer> STREAMS =
      SettingKey.integer("croft.gateway.max-streams", 250, 1, 1000);
  private static final SettingKey<Duration> DRAIN =
      SettingKey.duration("croft.gateway.drain", "10s", Duration.ZERO, Duration.ofHours(1));
  private static final SettingKey<DataSize> BODY =
      SettingKey.dataSize("croft.gateway.body", "3MiB", new DataSize(1), DataSize.ofMebibytes(64));
  private static final SettingKey<Path> DATA =
      SettingKey.path("croft.data-dir", Path.of("/var/lib/croft"));
  private static final SettingKey<Engine> ENGINE =
      SettingKey.oneOf("croft.engine", Engine.class, Engine.AUTO);
  private static final SettingKey<String> PASSWORD = SettingKey.secret("croft.ldap.password");
  private static final SettingKey<Boolean> VERBOSE = SettingKey.flag("croft.verbose", false);
  private static final List<SettingKey<?>> KNOWN =
      List.of(LISTEN, STREAMS, DRAIN, BODY, DATA, ENGINE, PASSWORD, VERBOSE);

  private enum Engine {
    AUTO,
    K3S_AGENT
  }

  @Test
  void everythingHasADefault() throws Exception {
    Settings settings = Settings.read(KNOWN, List.of());
    assertThat(settings.get(LISTEN)).isEqualTo(new HostPort("0.0.0.0", 8443));
    assertThat(settings.get(STREAMS)).isEqualTo(250);
    assertThat(settings.get(DRAIN)).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.get(BODY)).isEqualTo(DataSize.ofMebibytes(3));
    assertThat(settings.get(DATA)).isEqualTo(Path.of("/var/lib/croft"));
    assertThat(settings.get(ENGINE)).isEqualTo(Engine.AUTO);
    assertThat(settings.get(PASSWORD)).isEmpty();
    assertThat(settings.get(VERBOSE)).isFalse();
  }

  @Test
  void theFirstSourceWins() throws Exception {
    Map<String, Given> flags = Map.of("croft.engine", flag("--engine", "k3s-agent"));
    Map<String, Given> environment =
        Settings.fromEnvironment(
            KNOWN,
            Map.of(
                "CROFT_ENGINE", "auto",
                "CROFT_GATEWAY_MAX_STREAMS", "7",
                "CROFT_SERVICE_HOST", "10.0.0.1"));
    Map<String, Given> file =
        Map.of(
            "croft.gateway.max-streams", line(3, "9"),
            "croft.gateway.drain", line(4, "1m30s"));
    Settings settings = Settings.read(KNOWN, List.of(flags, environment, file));
    assertThat(settings.get(ENGINE)).isEqualTo(Engine.K3S_AGENT);
    assertThat(settings.get(STREAMS)).isEqualTo(7);
    assertThat(settings.get(DRAIN)).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.effective())
        .extracting(e -> e.key() + "=" + e.shown() + " from " + e.origin())
        .contains(
            "croft.engine=k3s-agent from option --engine",
            "croft.gateway.max-streams=7 from environment variable CROFT_GATEWAY_MAX_STREAMS",
            "croft.gateway.drain=1m30s from /etc/croft.yaml:4",
            "croft.gateway.listen=0.0.0.0:8443 from default");
  }

  @Test
  void listsAllErrorsAtOnceEachWithItsPlace() {
    Map<String, Given> flags = Map.of("croft.gateway.listen", flag("--listen", "8443"));
    Map<String, Given> file =
        Map.of(
            "croft.gateway.max-streams", line(3, "0"),
            "croft.gatway.drain", line(4, "1m"),
            "croft.something.else.entirely", line(5, "x"));
    assertThatThrownBy(() -> Settings.read(KNOWN, List.of(flags, file)))
        .isInstanceOfSatisfying(
            SettingsException.class,
            e ->
                assertThat(e.problems())
                    .extracting(SettingsException.Problem::toString)
                    .containsExactlyInAnyOrder(
                        "option --listen: croft.gateway.listen: bad value \"8443\": expected"
                            + " HOST:PORT, such as 0.0.0.0:8443",
                        "/etc/croft.yaml:3: croft.gateway.max-streams: bad value \"0\": expected 1"
                            + " to 1000",
                        "/etc/croft.yaml:4: croft.gatway.drain: unknown setting; did you mean"
                            + " croft.gateway.drain?",
                        "/etc/croft.yaml:5: croft.something.else.entirely: unknown setting"));
  }

  @Test
  void aBadValueThatIsOverriddenDoesNoHarm() throws Exception {
    Map<String, Given> flags = Map.of("croft.engine", flag("--engine", "auto"));
    Map<String, Given> file = Map.of("croft.engine", line(1, "nonsense"));
    assertThat(Settings.read(KNOWN, List.of(flags, file)).get(ENGINE)).isEqualTo(Engine.AUTO);
  }

  @Test
  void neverShowsSecrets() throws Exception {
    Map<String, Given> file = Map.of("croft.ldap.password", line(1, "hunter2"));
    Settings settings = Settings.read(KNOWN, List.of(file));
    assertThat(settings.get(PASSWORD)).isEqualTo("hunter2");
    assertThat(settings.effective().toString()).doesNotContain("hunter2").contains("********");
  }

  @ParameterizedTest
  @CsvSource({
    "croft.gateway.max-streams, '', expected a whole number",
    "croft.gateway.max-streams, 1e3, expected a whole number",
    "croft.gateway.drain, 10, 'expected a time span such as 500ms, 10s or 1h30m'",
    "croft.gateway.drain, 2h, expected 0s to 1h",
    "croft.gateway.drain, 10s!, 'expected a time span such as 500ms, 10s or 1h30m'",
    "croft.gateway.body, 1XB, expected a size such as 64KiB or 10MB",
    "croft.gateway.body, 1GiB, expected 1 to 64MiB",
    "croft.gateway.listen, host:99999, expected HOST:PORT with a port of 0 to 65535",
    "croft.engine, AUTO, 'expected one of auto, k3s-agent'",
    "croft.verbose, yes, expected true or false",
    "croft.data-dir, '', expected a path"
  })
  void saysWhatIsExpected(String key, String value, String expected) {
    Map<String, Given> file = Map.of(key, line(1, value));
    assertThatThrownBy(() -> Settings.read(KNOWN, List.of(file)))
        .hasMessageEndingWith("bad value \"" + value + "\": " + expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:8443", "[::1]:0", "croft.example.com:443"})
  void hostAndPortAreWrittenAsTheyAreRead(String text) {
    assertThat(HostPort.parse(text)).hasToString(text);
  }

  @Test
  void aPortAloneMeansAllAddresses() {
    assertThat(HostPort.parse(":8443")).isEqualTo(new HostPort("0.0.0.0", 8443));
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1:80", "host", "host:", "host:-1", "host:0x50"})
  void refusesHostsAndPortsThatAreAmbiguous(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "512, 512",
    "64KiB, 65536",
    "64 kib, 65536",
    "10MB, 10000000",
    "1TiB, 1099511627776"
  })
  void readsSizes(String text, long bytes) {
    assertThat(DataSize.parse(text).bytes()).isEqualTo(bytes);
    assertThat(DataSize.parse(DataSize.parse(text).toString()).bytes()).isEqualTo(bytes);
  }

  @Test
  void refusesSizesBeyondALong() {
    assertThatThrownBy(() -> DataSize.parse("99999999TiB"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aKeyThatWasNotReadIsAProgrammingError() throws Exception {
    Settings settings = Settings.read(List.of(), List.of());
    assertThatThrownBy(() -> settings.get(ENGINE)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Given flag(String name, String text) {
    return new Given(text, new Origin.Flag(name));
  }

  private static Given line(int line, String text) {
    return new Given(text, new Origin.Line(Path.of("/etc/croft.yaml"), line));
  }
}
