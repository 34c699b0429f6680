package io.croft.store.embedded;

import io.croft.store.StoreException;
import io.croft.store.internal.disk.Disk;
import io.croft.store.internal.disk.DiskFile;
import io.croft.store.internal.state.Inspection;
import io.croft.store.internal.state.State;
import io.croft.store.internal.state.Superblock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads everything that a store has and looks whether it fits together. Changes nothing.
final class Check {
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Check() {}

  static CheckReport of(Disk disk, StoreConfig config) throws IOException {
    return new Check().run(disk, config);
  }

  private CheckReport run(Disk disk, StoreConfig config) throws IOException {
    if (!disk.exists(Opening.STATE_FILE)) {
      problems.add("there is no file " + Opening.STATE_FILE + " in " + disk.name());
      return report(0, 0, 0, 0);
    }
    checkSuperblocks(disk);
    try {
      Opening.Parts parts = Opening.openAsItIs(disk, config);
      try {
        return inspect(parts.state());
      } finally {
        parts.state().close();
        parts.log().close();
        parts.file().close();
      }
    } catch (StoreException.Corrupt e) {
      problems.add(String.valueOf(e.getMessage()));
      return report(0, 0, 0, 0);
    }
  }

  private void checkSuperblocks(Disk disk) throws IOException {
    try (DiskFile file = disk.open(Opening.STATE_FILE)) {
      if (Superblock.read(file).size() < 2) {
        notes.add(
            "only one of the two superblocks is valid, as it is in a new store, after a crash"
                + " during a checkpoint, or when one is damaged");
      }
    }
  }

  private CheckReport inspect(State state) {
    Inspection inspection = state.read(Inspection::of);
    problems.addAll(inspection.problems());
    return report(state.revision(), state.compacted(), inspection.keys(), inspection.leases());
  }

  private CheckReport report(long revision, long compacted, long keys, long leases) {
    return new CheckReport(revision, compacted, keys, leases, problems, notes);
  }
}
