package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.HostPort;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:8443, https://127.0.0.1:8443",
    "[::]:8443, https://127.0.0.1:8443",
    "[0:0:0:0:0:0:0:0]:8443, https://127.0.0.1:8443",
    "192.0.2.7:1, https://192.0.2.7:1",
    "croft.example:443, https://croft.example:443",
  })
  void isWhereThisMachineReachesWhatIsListenedAt(String listen, String url) {
    assertThat(Endpoint.of(HostPort.parse(listen)).url()).isEqualTo(url);
  }

  @Test
  void isThereFromReadinessToTheEnd(@TempDir Path directory) throws Exception {
    assertThat(Endpoint.read(directory)).isEmpty();

    Files.createDirectory(directory.resolve("run"));
    var endpoint = new Endpoint("https://127.0.0.1:8443");
    endpoint.publish(directory);
    assertThat(Endpoint.read(directory)).contains(endpoint);

    Endpoint.forget(directory);
    assertThat(Endpoint.read(directory)).isEmpty();
  }
}
