package io.croft.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Has our server and the real etcd, both fresh, do the same.
final class BothServers {
  private BothServers() {}

  static void assertSame(Path directory, Consumer<Transcript> script) throws IOException {
    Path program = Peers.find("etcd");
    try (Endpoint ours = new Endpoint(directory.resolve("ours"));
        RealEtcd etcd = new RealEtcd(program, directory.resolve("etcd"))) {
      Transcript expected = new Transcript(etcd.client);
      script.accept(expected);
      Transcript actual = new Transcript(ours.client);
      script.accept(actual);
      assertThat(actual.lines).hasSameSizeAs(expected.lines);
      for (int i = 0; i < expected.lines.size(); i++) {
        assertThat(actual.lines.get(i)).as("answer %d", i).isEqualTo(expected.lines.get(i));
      }
    }
  }
}
