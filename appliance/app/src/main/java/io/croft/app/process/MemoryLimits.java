package io.croft.app.process;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.croft.base.AtomicFiles;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a process may take at most: the launcher has chosen it from the machine's memory, or
/// whoever started it has. A running appliance leaves it in its data directory, for `croft status`.
///
/// @param heapBytes of Java's heap that objects can fill
/// @param directBytes of buffers beside the heap; 0 where it is not known
public record MemoryLimits(long heapBytes, long directBytes) {
  private static final String DIRECT = "MaxDirectMemorySize";

  /// Those of this process.
  public static MemoryLimits ofThisProcess() {
    return new MemoryLimits(Runtime.getRuntime().maxMemory(), direct());
  }

  private static long direct() {
    try {
      @Nullable HotSpotDiagnosticMXBean java =
          ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
      return java == null ? 0 : Long.parseLong(java.getVMOption(DIRECT).getValue());
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      return 0; // a native image, which has no such options to ask for
    }
  }

  /// Those of the appliance that serves from a data directory; empty until it is ready, and where
  /// another version wrote something else.
  public static Optional<MemoryLimits> read(Path dataDir) throws IOException {
    try {
      List<Long> numbers =
          Files.readString(file(dataDir)).strip().lines().map(Long::valueOf).toList();
      return numbers.size() == 2
          ? Optional.of(new MemoryLimits(numbers.get(0), numbers.get(1)))
          : Optional.empty();
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  public void publish(Path dataDir) throws IOException {
    AtomicFiles.write(file(dataDir), heapBytes + "\n" + directBytes + "\n", AtomicFiles.SECRET);
  }

  private static Path file(Path dataDir) {
    return dataDir.resolve("run").resolve("memory-limits");
  }
}
