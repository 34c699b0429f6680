package io.croft.engine.k3s;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("M2")
class K3sHostTest {
  @TempDir Path root;

  @Test
  void tellsWhatIsThereWhereKubernetesLeavesSomething() throws Exception {
    Files.createDirectories(root.resolve("var/lib/kubelet/pods"));
    Files.createDirectories(root.resolve("var/lib/cni/networks"));
    Files.createDirectories(root.resolve("etc/rancher/k3s"));
    Files.createDirectories(root.resolve("run/netns"));
    Files.createFile(root.resolve("run/netns/cni-1"));
    Path directory = Files.createDirectories(root.resolve("data/k3s"));
    Files.createDirectories(root.resolve("sys/class/net/lo"));
    Files.createDirectories(root.resolve("proc/self"));
    Files.writeString(
        root.resolve("proc/self/mounts"),
        """
        /dev/vda / ext4 rw 0 0
        /dev/vdb %1$s/a\\040disk ext4 rw 0 0
        /dev/vdc %1$s ext4 rw 0 0
        /dev/vdd %1$s-more ext4 rw 0 0
        """
            .formatted(directory.toRealPath()));

    assertThat(K3sHost.describe(root, directory).lines())
        .contains(
            "path /var/lib/kubelet",
            "path /var/lib/cni",
            "path /var/lib/cni/networks",
            "path /etc/rancher/k3s",
            "path /run/netns/cni-1",
            "interface lo",
            "mount " + directory.toRealPath(),
            "mount " + directory.toRealPath() + "/a\\040disk")
        .noneMatch(line -> line.endsWith("-more") || line.endsWith("pods"));
  }

  @Test
  void needsNothingOfThat() throws Exception {
    assertThat(K3sHost.describe(root, root.resolve("data/k3s")).lines())
        .allMatch(line -> line.startsWith("#"));
  }
}
