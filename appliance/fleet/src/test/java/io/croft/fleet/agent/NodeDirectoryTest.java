package io.croft.fleet.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.fleet.agent.NodeDirectory.Course;
import io.croft.fleet.agent.NodeDirectory.End;
import io.croft.fleet.agent.NodeDirectory.Membership;
import io.croft.fleet.proof.Role;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeDirectoryTest {
  private static final Membership OLD = membership("old");
  private static final Membership NEW = membership("new");
  private static final Instant JOINED = Instant.parse("2026-11-21T21:00:00Z");

  @TempDir private Path directory;

  private static Membership membership(String name) {
    return new Membership(URI.create("https://site.example:8443"), name, Role.AGENT);
  }

  private static void fill(NodeDirectory node, Membership membership) throws Exception {
    node.key();
    node.writeCertificate(membership.name());
    node.writeAuthorities(membership.name());
    node.writeMembership(membership, JOINED);
  }

  private String text(String file) throws Exception {
    return Files.readString(directory.resolve("node").resolve(file));
  }

  @Test
  void aHostThatHasFailedToBecomeAnotherOneIsWhoItWas() throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    fill(node, OLD);
    node.next().key();
    node.next().writeCertificate("half");
    assertThat(NodeDirectory.open(directory).membership()).contains(OLD);
    assertThat(text("certificate.pem")).isEqualTo("old");
  }

  @Test
  void aHostKnowsWhoMayTakeTheAppliancesPlaceAndFollows() throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    fill(node, OLD);
    assertThat(node.servers()).isEmpty();
    URI other = URI.create("https://[fd00::2]:8443");
    node.writeServers(List.of(other));
    node.move(other);
    assertThat(node.servers()).containsExactly(other);
    assertThat(node.membership()).contains(new Membership(other, "old", Role.AGENT));
    assertThat(node.course()).contains(new Course(Optional.of(JOINED), Optional.empty()));
    node.writeServers(List.of());
    assertThat(text("node.json")).doesNotContain("servers");

    URI third = URI.create("https://third.example:8443");
    node.move(third);
    assertThat(node.formerServers()).containsExactly(OLD.server(), other);
    node.move(other); // and back
    assertThat(node.formerServers()).containsExactly(OLD.server(), third);
  }

  @Test
  void aServerThatHasTakenThePlaceOfAnApplianceKnowsWhose() throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    fill(node, new Membership(OLD.server(), "b", Role.SERVER));
    assertThat(node.predecessor()).isEmpty();
    node.leave();
    assertThat(node.predecessor()).contains(OLD.server());
  }

  @Test
  void whoLeavesHasJoinedNowhere() throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    fill(node, OLD);
    String fingerprint = node.fingerprint();
    node.leave();
    node.leave(); // as after an interruption
    assertThat(node.membership()).isEmpty();
    assertThat(text("before/certificate.pem")).isEqualTo("old");
    assertThat(node.fingerprint()).isNotEqualTo(fingerprint);
  }

  @Test
  void theEndOfAMembershipIsNotedUntilItBeginsAnew() throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    var end = new End(JOINED.plusSeconds(60), "removed");
    node.writeEnd(Optional.of(end)); // of a host that has not joined, there is nothing to note
    assertThat(node.course()).isEmpty();

    fill(node, OLD);
    assertThat(node.course()).contains(new Course(Optional.of(JOINED), Optional.empty()));
    node.writeEnd(Optional.of(end));
    assertThat(NodeDirectory.at(directory).course())
        .contains(new Course(Optional.of(JOINED), Optional.of(end)));
    assertThat(node.membership()).contains(OLD);
    node.writeEnd(Optional.empty());
    assertThat(node.course()).contains(new Course(Optional.of(JOINED), Optional.empty()));

    node.writeEnd(Optional.of(end));
    node.writeMembership(OLD, JOINED.plusSeconds(120));
    assertThat(node.course())
        .contains(new Course(Optional.of(JOINED.plusSeconds(120)), Optional.empty()));
  }

  /// Killed after any number of files, the next start ends it.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void aChangeThatWasInterruptedIsEnded(int moves) throws Exception {
    NodeDirectory node = NodeDirectory.open(directory);
    fill(node, OLD);
    fill(node.next(), NEW);
    String oldKey = text("key.pem");
    String newKey = text("next/key.pem");
    Path root = directory.resolve("node");
    Files.createDirectories(root.resolve("before"));
    String[] files = {"key.pem", "certificate.pem", "authorities.pem", "node.json"};
    for (int move = 0; move < moves; move++) {
      String file = files[move / 2];
      if (move % 2 == 0) {
        Files.move(root.resolve(file), root.resolve("before").resolve(file));
      } else {
        Files.move(root.resolve("next").resolve(file), root.resolve(file));
      }
    }
    assertThat(NodeDirectory.open(directory).membership()).contains(NEW);
    assertThat(text("key.pem")).isEqualTo(newKey);
    assertThat(text("before/key.pem")).isEqualTo(oldKey);
    assertThat(text("certificate.pem")).isEqualTo("new");
    assertThat(text("before/node.json")).contains("old");
    assertThat(root.resolve("next/node.json")).doesNotExist();
  }
}
