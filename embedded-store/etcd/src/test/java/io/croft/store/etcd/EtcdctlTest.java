package io.croft.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.store.embedded.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// The real `etcdctl`, of two versions, on our server.
@ParameterizedClass
@ValueSource(strings = {"etcdctl", "etcdctl-3.4"})
class EtcdctlTest {
  private final Etcdctl etcdctl;
  @TempDir Path directory;
  private Endpoint endpoint;

  EtcdctlTest(String program) {
    etcdctl = new Etcdctl(Peers.find(program));
  }

  @BeforeEach
  void start() throws IOException {
    endpoint = new Endpoint(directory);
  }

  @AfterEach
  void stop() {
    if (endpoint != null) {
      endpoint.close();
    }
  }

  private String run(String... arguments) {
    return etcdctl.run(endpoint.url(), "", arguments);
  }

  @Test
  void putsGetsAndDeletes() {
    assertThat(run("put", "a", "1")).isEqualTo("OK\n");
    assertThat(run("put", "b", "2", "--prev-kv")).isEqualTo("OK\n");
    assertThat(run("get", "", "--prefix")).isEqualTo("a\n1\nb\n2\n");
    assertThat(run("del", "a", "--prev-kv")).isEqualTo("1\na\n1\n");
    assertThat(run("get", "a")).isEmpty();
  }

  @Test
  @Tag("S42")
  void acceptsTheAuthorityThatEtcdsClientSends() {
    assertThat(etcdctl.run("http://127.0.0.1:1," + endpoint.url(), "", "put", "a", "1"))
        .isEqualTo("OK\n");
  }

  @Test
  void doesTransactions() {
    String txn = "create(\"k\") = \"0\"\n\nput k 1\nget k\n\nget k\n\n";
    assertThat(etcdctl.run(endpoint.url(), txn, "txn")).isEqualTo("SUCCESS\n\nOK\n\nk\n1\n");
    assertThat(etcdctl.run(endpoint.url(), txn, "txn")).isEqualTo("FAILURE\n\nk\n1\n");
  }

  @Test
  void grantsKeepsAndRevokesLeases() {
    String granted = run("lease", "grant", "60");
    assertThat(granted).matches("lease [0-9a-f]{16} granted with TTL\\(60s\\)\n");
    String id = granted.split(" ")[1];
    assertThat(run("put", "a", "1", "--lease=" + id)).isEqualTo("OK\n");
    assertThat(run("lease", "timetolive", id, "--keys"))
        .startsWith("lease " + id + " granted with TTL(60s), remaining(")
        .endsWith("attached keys([a])\n");
    assertThat(run("lease", "keep-alive", "--once", id))
        .isEqualTo("lease " + id + " keepalived with TTL(60)\n");
    assertThat(run("lease", "list")).isEqualTo("found 1 leases\n" + id + "\n");
    assertThat(run("lease", "revoke", id)).isEqualTo("lease " + id + " revoked\n");
    assertThat(run("get", "a")).isEmpty();
  }

  @Test
  void watchesHistory() {
    run("put", "a", "1");
    run("put", "a", "2");
    run("del", "a");
    assertThat(etcdctl.firstLines(endpoint.url(), 11, "watch", "a", "--rev=2", "--prev-kv"))
        .containsExactly("PUT", "a", "1", "PUT", "a", "1", "a", "2", "DELETE", "a", "2");
  }

  @Test
  void compacts() {
    run("put", "a", "1");
    run("put", "a", "2");
    assertThat(run("compact", "3")).isEqualTo("compacted revision 3\n");
    assertThat(run("compact", "3"))
        .contains("etcdserver: mvcc: required revision has been compacted");
    assertThat(run("get", "a", "--rev=2"))
        .contains("etcdserver: mvcc: required revision has been compacted");
    assertThat(run("get", "a", "--rev=9"))
        .contains("etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  @Tag("S45")
  void raisesTheAlarmWhileItIsFull() throws IOException {
    StoreConfig small = StoreConfig.defaults().withQuota(2 << 20).withCheckpointEvery(1 << 20);
    try (Endpoint full = new Endpoint(directory.resolve("full"), small)) {
      assertThat(etcdctl.run(full.url(), "", "alarm", "list")).isEmpty();
      String value = "x".repeat(100_000);
      String answer = "OK\n";
      for (int i = 0; i < 200 && answer.equals("OK\n"); i++) {
        answer = etcdctl.run(full.url(), value, "put", "key-" + i);
      }
      assertThat(answer).contains("etcdserver: mvcc: database space exceeded");
      assertThat(etcdctl.run(full.url(), "", "alarm", "list"))
          .matches("memberID:\\d+ alarm:NOSPACE \n");
      assertThat(etcdctl.run(full.url(), "", "endpoint", "status", "--write-out=json"))
          .contains("alarm:NOSPACE");
    }
  }

  @Test
  @Tag("S34")
  void tellsWhatItIs() {
    assertThat(run("endpoint", "status")).contains(endpoint.url() + ", ", ", 3.7.1, ", "true");
    assertThat(run("endpoint", "health", "--cluster")).contains(endpoint.url() + " is healthy");
    assertThat(run("endpoint", "hashkv")).startsWith(endpoint.url());
    assertThat(run("member", "list")).contains(", started, croft, , " + endpoint.url() + ", false");
    assertThat(run("alarm", "list")).isEmpty();
    assertThat(run("alarm", "disarm")).isEmpty();
    assertThat(run("defrag")).startsWith("Finished defragmenting");
  }

  @Test
  void refusesWhatItDoesNotServe() {
    assertThat(run("user", "list")).contains("code = Unimplemented");
    assertThat(run("move-leader", "1")).isNotEmpty();
  }
}
