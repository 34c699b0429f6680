package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is taken from a host that croft has run k3s on: in namespaces of its own, with mounts,
/// interfaces, rules, files and processes made by hand as k3s makes them. Each script ends with
/// states of the host to compare.
@Tag("M2")
class K3sRemovalTest {
  /// A host with things of others, who use names like k3s' own.
  private static final String HOST =
      """
      set -e
      mount -t sysfs none /sys
      mkdir "$root/etc"
      mount -t tmpfs none "$root/etc"
      cp -a /etc/. "$root/etc"
      mount --move "$root/etc" /etc
      for place in /run /var/lib /var/log; do mount -t tmpfs none $place; done
      ip link set lo up
      ip link add docker0 type bridge
      ip link add theirs type veth peer name theirs-peer
      ip link set theirs master docker0
      ip netns add cni-theirs
      mkdir -p /run/docker /etc/rancher/theirs "$root/theirs"
      cp "$(command -v sleep)" "$root/theirs/containerd-shim-runc-v2"
      "$root/theirs/containerd-shim-runc-v2" 4711 &
      state() {
        (%s)
        find /run | sort
        ip -o link | sed 's/ state .*//'
        for process in /proc/[0-9]*; do
          tr '\\0' ' ' 2>/dev/null <"$process/cmdline" | grep -E '4711|1147' || :
        done
      } >"$root/$1"
      """
          .formatted(InstallerTest.MACHINE);

  /// What croft writes before it first starts k3s.
  private static final String MARK =
      """
      mkdir -p "$k3s"
      printf '%s\\n' 'path /run/docker' 'path /run/netns/cni-theirs' 'path /etc/rancher' >"$k3s/host-before"
      """;

  /// What a k3s with containers leaves when it is ended.
  private static final String OURS =
      """
      ip link add cni0 type bridge
      ip netns add cni-ours
      ip link add ours type veth peer name eth0 netns cni-ours
      ip link set ours master cni0
      ip link add flannel.1 type vxlan id 1 dev lo dstport 8472
      ip link add kube-ipvs0 type bridge
      mkdir -p /run/k3s/containerd/task/rootfs '/var/lib/kubelet/pods/a b/volume' "$k3s/agent/task" \
        /run/flannel /var/lib/cni/networks/cbr0 /var/lib/cni/cache/results /etc/rancher/node \
        /etc/rancher/k3s /var/log/pods/web "$k3s/data/0123/bin"
      for place in /run/k3s/containerd/task/rootfs '/var/lib/kubelet/pods/a b/volume' "$k3s/agent/task"; do
        mount -t tmpfs none "$place"
      done
      touch /run/flannel/subnet.env /var/lib/cni/networks/cbr0/10.42.0.2 \
        /var/lib/cni/cache/results/cbr0-ours /etc/rancher/node/password /var/log/pods/web/0.log
      ln -s "$k3s/k3s.yaml" /etc/rancher/k3s/k3s.yaml
      cp "$(command -v dash || command -v bash)" "$k3s/data/0123/bin/containerd-shim-runc-v2"
      "$k3s/data/0123/bin/containerd-shim-runc-v2" -c 'sleep 1147 & wait' &
      until grep -aqs 1147 /proc/[0-9]*/cmdline; do sleep 0.1; done
      """;

  /// With a data directory that carries croft's mark, as after a start.
  private static final String INSTALL =
      """
      "$home/install.sh" --prefix "$root/prefix" --data-dir "$root/data" --no-service --no-start >/dev/null
      mkdir -p "$root/data"
      echo 1 >"$root/data/format"
      """;

  private static final String REMOVE = "\"$home/remove-k3s.sh\" --data-dir \"$root/data\" ";

  @TempDir Path root;

  @BeforeEach
  void needsNamespaces() {
    assumeTrue(
        Command.of("unshare", "--net", "--mount", "--pid", "--fork", "ip", "link").run().exit()
            == 0,
        "needs iproute2, to be root and to be allowed namespaces");
  }

  private Command.Output run(String... scripts) throws IOException {
    Path script = Files.writeString(root.resolve("script"), String.join("", scripts));
    return new Command(
            List.of(
                "unshare",
                "--net",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "sh",
                script.toString()),
            Map.of(
                "root", root.toString(),
                "k3s", root.resolve("data/k3s").toString(),
                "home", Distribution.home().toString()),
            "")
        .run();
  }

  private String state(String name) throws IOException {
    return Files.readString(root.resolve(name));
  }

  /// With a k3s that tells its version and ends: croft has started it, so there is the mark.
  @Test
  void leavesTheHostAsItWas() throws Exception {
    Path program =
        Files.writeString(
            root.resolve("program"),
            "#!/bin/sh\n[ \"$1\" != --version ] || exec echo 'k3s version v1.34.1+k3s1'\nexit 1\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    run(
            HOST,
            """
            state before
            "$home/install.sh" --prefix "$root/prefix" --data-dir "$root/data" --engine k3s \
              --no-service --no-start >/dev/null
            printf 'k3s: %s\nk3s-agent: on\n' "$root/program" >>"$root/data/config.yaml"
            "$root/prefix/bin/croft" up --detach 2>"$root/up" && exit 9
            """,
            OURS,
            """
            state during
            "$home/uninstall.sh" --prefix "$root/prefix"
            state after
            """)
        .succeeded();

    assertThat(state("during")).contains("cni0", "flannel.1", "/run/k3s", "kubelet", "sleep 1147");
    assertThat(state("after")).isEqualTo(state("before")).contains("docker0", "4711", "cni-theirs");
    assertThat(root.resolve("data")).doesNotExist();
    assertThat(root.resolve("prefix")).doesNotExist();
  }

  @Test
  void tellsInADryRunWhatItWouldDoAndDoesNothing() throws Exception {
    String told =
        run(HOST, MARK, OURS, "state before\n", REMOVE + "--dry-run\n", "state after\n")
            .succeeded()
            .out();

    assertThat(state("after")).isEqualTo(state("before"));
    assertThat(told.lines()).allMatch(line -> line.startsWith("would run: "));
    assertThat(told)
        .contains(
            "kill -TERM ",
            "kill -KILL ",
            "umount /var/lib/kubelet/pods/a b/volume\n",
            "umount /run/netns/cni-ours\n",
            "ip link delete dev ours\n",
            "ip link delete dev cni0\n",
            "rm -rf --one-file-system /run/k3s\n",
            "rm -rf --one-file-system /var/lib/kubelet\n",
            "rm -rf --one-file-system /etc/rancher/node/password\n")
        .doesNotContain("theirs", "docker");
  }

  @Test
  void keepsDataButNothingThatRuns() throws Exception {
    run(HOST, MARK, OURS, REMOVE + "--keep-data\n", "state after\n").succeeded();

    assertThat(state("after"))
        .contains("/etc/rancher/node/password", "/var/lib/kubelet/pods/a b/volume", "cbr0")
        .contains("docker0", "4711", "cni-theirs")
        .doesNotContain("cni0", "cni-ours", "flannel", "kube-ipvs0", "/run/k3s", "sleep 1147");
    assertThat(root.resolve("data/k3s/data/0123")).exists();
  }

  /// Its interfaces, mounts and files have the names that ours have.
  @Test
  void leavesAnotherKubernetesAlone() throws Exception {
    String out =
        run(
                HOST,
                MARK,
                "echo 'path /var/lib/kubelet' >>\"$k3s/host-before\"\n",
                OURS,
                "state before\n",
                REMOVE + "\n",
                "state after\n")
            .succeeded()
            .out();

    assertThat(out)
        .contains("left alone: ", "because /var/lib/kubelet was here before croft's k3s");
    String ours = root.resolve("data/k3s").toString();
    assertThat(state("after").lines().toList())
        .isEqualTo(
            state("before")
                .lines()
                .filter(line -> !line.contains("sleep 1147") && !line.contains(ours))
                .filter(line -> !line.equals("/etc/rancher/k3s"))
                .filter(line -> !line.equals("/etc/rancher/k3s/k3s.yaml"))
                .toList());
  }

  @Test
  void leavesAKubeletThatRunsAlone() throws Exception {
    String out =
        run(
                HOST,
                MARK,
                "cp \"$(command -v sleep)\" \"$root/kubelet\"; \"$root/kubelet\" 4711 &\n",
                OURS,
                REMOVE + "\n",
                "state after\n")
            .succeeded()
            .out();

    assertThat(out).containsPattern("because kubelet runs here \\(process \\d+\\)");
    assertThat(state("after")).contains("cni0", "kubelet 4711").doesNotContain("sleep 1147");
  }

  /// A guest's processes are seen from its host, with the paths that they have in the guest.
  @Test
  void leavesProcessesOfGuestsAlone() throws Exception {
    run(
            HOST,
            MARK,
            OURS,
            """
            unshare --pid --fork "$k3s/data/0123/bin/containerd-shim-runc-v2" -c 'sleep 24711 & wait' &
            until grep -aqs 24711 /proc/[0-9]*/cmdline; do sleep 0.1; done
            """,
            REMOVE + "\n",
            "state after\n")
        .succeeded();

    assertThat(state("after")).contains("sleep 24711").doesNotContain("sleep 1147");
  }

  @Test
  void uninstallsNothingUntilWhatK3sHasLeftIsGone() throws Exception {
    Command.Output output =
        run(
            HOST,
            "state before\n",
            INSTALL,
            MARK,
            OURS,
            """
            mkdir "$root/bin"
            cat >"$root/bin/ip" <<'IP'
            #!/bin/sh
            [ "$*" != "link delete dev cni0" ] || exit 2
            PATH=${PATH#*:} exec ip "$@"
            IP
            chmod +x "$root/bin/ip"
            ! PATH=$root/bin:$PATH "$root/prefix/lib/croft/uninstall.sh"
            "$root/prefix/bin/croft" version
            "$root/prefix/lib/croft/uninstall.sh"
            state after
            """);

    assertThat(output.succeeded().out()).contains("croft is removed");
    assertThat(output.err())
        .contains("interface cni0 (cannot be deleted)", "croft itself is still installed");
    assertThat(state("after")).isEqualTo(state("before"));
    assertThat(root.resolve("data")).doesNotExist();
    assertThat(root.resolve("prefix")).doesNotExist();
  }

  @Test
  void removesNoDataThroughAMount() throws Exception {
    Command.Output output =
        run(
            INSTALL,
            """
            mkdir "$root/data/disk"
            mount -t tmpfs none "$root/data/disk"
            echo mine >"$root/data/disk/file"
            "$root/prefix/lib/croft/uninstall.sh" && exit 9
            cat "$root/data/disk/file"
            umount "$root/data/disk"
            """);

    assertThat(output.succeeded().out()).contains("mine");
    assertThat(output.err()).contains(root.resolve("data") + " (something is mounted there)");
  }

  /// Croft has never run a k3s here.
  @Test
  void touchesNothingWithoutTheMark() throws Exception {
    run(HOST, OURS, "state before\n", REMOVE + "\n", "state after\n").succeeded();

    assertThat(state("after")).isEqualTo(state("before"));
  }

  @Test
  void removesRulesOfTheFirewall() throws Exception {
    Distribution.peer("iptables-save");
    run(
            HOST,
            MARK,
            """
            tools=
            for tool in iptables-legacy iptables-nft ip6tables-legacy ip6tables-nft; do
              ! $tool -S >/dev/null 2>&1 || tools="$tools $tool"
            done
            rules() {
              for tool in ${tools:-iptables}; do
                echo "$tool"
                "$tool-save" 2>/dev/null | grep -v '^#'
              done >"$root/$1"
              ! command -v nft >/dev/null || nft list tables >>"$root/$1"
            }
            for tool in ${tools:-iptables}; do
              $tool -N DOCKER-USER
              $tool -A FORWARD -j DOCKER-USER
              $tool -A INPUT -m comment --comment 'not -j KUBE-FIREWALL' -j ACCEPT
              $tool -t nat -N DOCKER
              $tool -t nat -A POSTROUTING -m comment --comment 'their "masquerade"' -j MASQUERADE
            done
            rules before
            for tool in ${tools:-iptables}; do
              $tool -N KUBE-FIREWALL
              $tool -N KUBE-FORWARD
              $tool -I INPUT -m comment --comment 'kubernetes "firewall"' -j KUBE-FIREWALL
              $tool -A KUBE-FIREWALL -j KUBE-FORWARD
              $tool -N FLANNEL-FWD
              $tool -A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD
              $tool -t nat -N CNI-HOSTPORT-DNAT
              $tool -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
              $tool -t nat -A POSTROUTING -m comment --comment 'flanneld masq' -j RETURN
            done
            ! command -v nft >/dev/null || nft add table ip kube-proxy
            rules during
            """,
            REMOVE + "\n",
            "rules after\n")
        .succeeded();

    assertThat(state("during")).contains("KUBE-FIREWALL", "flanneld masq", "CNI-HOSTPORT-DNAT");
    assertThat(state("after")).isEqualTo(state("before")).contains("DOCKER-USER");
  }

  /// Podman's chains are called as those of k3s.
  @Test
  void leavesOtherNetworksOfCniAlone() throws Exception {
    Distribution.peer("iptables-save");
    String out =
        run(
                HOST,
                MARK,
                OURS,
                """
                mkdir -p /var/lib/cni/networks/podman
                iptables -t nat -N CNI-HOSTPORT-DNAT
                iptables -t nat -N KUBE-SERVICES
                """,
                REMOVE + "\n",
                "iptables-save >\"$root/after\"\nls /run/netns /var/lib/cni/networks\n")
            .succeeded()
            .out();

    assertThat(out)
        .contains(
            "left alone: cni0, rules and network namespaces of CNI, because"
                + " /var/lib/cni/networks/podman")
        .contains("cni-ours", "cni-theirs", "podman")
        .doesNotContain("cbr0");
    assertThat(state("after")).contains("CNI-HOSTPORT-DNAT").doesNotContain("KUBE-SERVICES");
  }
}
