package io.croft.app.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.base.AtomicFiles;
import io.croft.base.ComponentState;
import io.croft.base.DataDirectory;
import io.croft.fleet.agent.NodeDirectory;
import io.croft.fleet.agent.NodeDirectory.End;
import io.croft.fleet.agent.OwnControlPlane;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("S4")
class SiteMemberTest {
  private static final Instant NOW = Instant.parse("2026-11-21T21:00:00Z");

  @TempDir private Path root;

  private Optional<SiteMember> member(DataDirectory directory) throws Exception {
    return SiteMember.of(
        directory,
        () -> new OwnControlPlane("v1.34.0", "embedded", List.of()),
        InstantSource.fixed(NOW));
  }

  /// Of a site that nobody answers for.
  private void joined(String role) throws Exception {
    Path node = Files.createDirectories(root.resolve("node"));
    Files.writeString(
        node.resolve("node.json"),
        """
        {"server": "https://127.0.0.1:1", "name": "edge-1", "role": "%s", "joined": "%s"}
        """
            .formatted(role, NOW));
  }

  private static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!holds.call()) {
      assertThat(System.nanoTime()).as("in vain waited until " + what).isLessThan(deadline);
      Thread.sleep(10);
    }
  }

  @Test
  void onlyAnEdgeIsAMember() throws Exception {
    try (DataDirectory directory = DataDirectory.open(root)) {
      assertThat(member(directory)).isEmpty();
      joined("agent");
      assertThat(member(directory)).isEmpty();
      joined("edge");
      assertThat(member(directory)).isPresent();
      Files.writeString(root.resolve("node/node.json"), "{");
      assertThat(member(directory)).isEmpty(); // the appliance starts nevertheless
    }
  }

  /// It has neither a key nor a certificate, and the site is not there: the appliance runs.
  @Test
  void countsAsRunningWhateverIsWrongAndSaysIt() throws Exception {
    try (DataDirectory directory = DataDirectory.open(root)) {
      AtomicFiles.ensurePrivateDirectory(directory.run());
      joined("edge");
      SiteMember member = member(directory).orElseThrow();
      member.stop(); // legal in any state
      member.init();
      member.start();
      assertThat(member.ready()).isTrue();
      eventually(
          "it says what is wrong",
          () ->
              member.status().lastError().contains("certificate.pem")
                  || member.status().lastError().contains("authorities.pem"));
      assertThat(member.status().state()).isEqualTo(ComponentState.RUNNING);
      assertThat(HeardMark.isSet(root)).isFalse();
      member.stop();
      member.stop();
    }
  }

  @Test
  void theEndOfTheMembershipIsShownUntilTheSiteHearsOfItAgain() throws Exception {
    try (DataDirectory directory = DataDirectory.open(root)) {
      AtomicFiles.ensurePrivateDirectory(directory.run());
      joined("edge");
      NodeDirectory.open(root).writeEnd(Optional.of(new End(NOW, "it was removed")));
      SiteMember member = member(directory).orElseThrow();
      member.init();
      member.missed("connection refused");
      assertThat(member.status().lastError()).isEqualTo("it was removed");

      member.heard();
      assertThat(member.status().lastError()).isEmpty();
      assertThat(HeardMark.isSet(root)).isTrue();
      assertThat(NodeDirectory.at(root).course().orElseThrow().end()).isEmpty();

      member.missed("connection refused");
      assertThat(member.status().lastError()).isEqualTo("connection refused");
    }
  }
}
