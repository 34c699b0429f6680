package io.croft.fleet.agent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.model.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/// What a host is made of, read from `/proc` and `/etc/os-release`; what cannot be read is left
/// out.
final class Inventory {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final Path OS_RELEASE = Path.of("/etc/os-release");
  private static final int MAX_ENTRIES = 256;

  private final String version;
  private final Supplier<Optional<OwnControlPlane>> controlPlane;

  /// @param version of this program
  Inventory(String version, Supplier<Optional<OwnControlPlane>> controlPlane) {
    this.version = version;
    this.controlPlane = controlPlane;
  }

  /// How the host's own control plane is at this moment; empty where it has none.
  Optional<OwnControlPlane> controlPlane() {
    return controlPlane.get();
  }

  /// As the status of a `Machine` has it.
  ObjectNode read() {
    ObjectNode json =
        Json.object()
            .put("agentVersion", version)
            .put("operatingSystem", operatingSystem())
            .put("kernelVersion", System.getProperty("os.version"))
            .put("architecture", architecture())
            .put("cpus", cpus())
            .put("memoryBytes", memoryBytes());
    controlPlane()
        .ifPresent(own ->
            json.putObject("controlPlane")
                .put("engine", own.engine())
                .put("version", own.version()));
    disks(json.putArray("disks"));
    addresses(json.putArray("addresses"));
    return json;
  }

  static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  /// As Go and Kubernetes call it.
  static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  static String operatingSystem() {
    for (String line : lines(OS_RELEASE)) {
      if (line.startsWith("PRETTY_NAME=")) {
        return line.substring("PRETTY_NAME=".length()).replace("\"", "");
      }
    }
    return System.getProperty("os.name");
  }

  static long memoryBytes() {
    for (String line : lines(MEMORY)) {
      if (line.startsWith("MemTotal:")) {
        String digits = line.replaceAll("\\D", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits) << 10;
      }
    }
    return 0;
  }

  /// File systems on devices, each device once.
  private static void disks(ArrayNode disks) {
    Set<String> seen = new HashSet<>();
    for (String line : lines(MOUNTS)) {
      String[] fields = line.split(" ");
      boolean device = fields.length > 2 && fields[0].startsWith("/dev/");
      if (!device || disks.size() == MAX_ENTRIES || !seen.add(fields[0])) {
        continue;
      }
      try {
        long size = Files.getFileStore(Path.of(fields[1])).getTotalSpace();
        disks
            .addObject()
            .put("mountPoint", fields[1])
            .put("device", fields[0])
            .put("fileSystem", fields[2])
            .put("sizeBytes", size);
      } catch (IOException | SecurityException | InvalidPathException e) {
        // it is gone, nobody may look, or its name is none here
      }
    }
  }

  private static void addresses(ArrayNode addresses) {
    Map<String, List<String>> byInterface = new TreeMap<>();
    try {
      NetworkInterface.networkInterfaces()
          .forEach(
              i -> byInterface.put(i.getName(), i.inetAddresses().map(Inventory::text).toList()));
    } catch (SocketException e) {
      return; // a host without a network
    }
    byInterface.forEach((name, all) -> {
      var sorted = new ArrayList<>(all);
      sorted.sort(Comparator.naturalOrder());
      for (String address : sorted) {
        if (!name.equals("lo") && addresses.size() < MAX_ENTRIES) {
          addresses.addObject().put("interface", name).put("address", address);
        }
      }
    });
  }

  private static String text(InetAddress address) {
    return address.getHostAddress().replaceFirst("%.*", "");
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
