package io.croft.engine.k3s;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which release of k3s is run: what was found, unless it has failed before; else what has worked
/// last. Of one thread, the notice apart.
final class K3sChoice {
  private static final Logger LOG = LoggerFactory.getLogger(K3sChoice.class);

  /// A release that has not got ready so often is given up for the one before.
  static final int CHANCES = 2;

  private final K3sReleases releases;
  private final Path directory;
  private final BeforeAnother before;
  private volatile String notice = "";
  private K3sReleases.@Nullable Release running;
  private int failures;

  /// What is to be done before another release is run for the first time.
  @FunctionalInterface
  interface BeforeAnother {
    void isRun(K3sVersion version) throws IOException;
  }

  /// @param directory of the releases
  K3sChoice(Path directory, BeforeAnother before) {
    this.directory = directory;
    this.releases = new K3sReleases(directory);
    this.before = before;
  }

  /// What has gone wrong with a release that is not run for that; empty when nothing has.
  String notice() {
    return notice;
  }

  boolean hasAny() throws IOException {
    return releases.current().isPresent();
  }

  /// @param again whether a release that works is kept without a look at what there is now, as it
  ///   has crashed only
  K3sProgram next(K3sSource source, boolean again) throws IOException, InterruptedException {
    K3sReleases.Release chosen = choose(source, again);
    if (running == null || !running.sha256().equals(chosen.sha256())) {
      failures = 0;
      running = chosen;
      LOG.atInfo().addKeyValue("version", chosen.program().version()).log("Starting k3s");
    }
    return chosen.program();
  }

  private K3sReleases.Release choose(K3sSource source, boolean again)
      throws IOException, InterruptedException {
    Optional<K3sReleases.Release> last = releases.current();
    if (again
        && running != null
        && last.isPresent()
        && last.get().sha256().equals(running.sha256())) {
      return running;
    }
    K3sReleases.Release wanted;
    try {
      wanted = releases.stage(source.find(directory));
    } catch (IOException e) {
      if (last.isEmpty()) {
        throw e;
      }
      notice = e.getMessage() + "; " + last.get().program().version() + " runs";
      return last.get();
    }
    if (last.isEmpty() || last.get().sha256().equals(wanted.sha256())) {
      notice = "";
      return wanted;
    }
    if (releases.isRefused(wanted.sha256())) {
      if (notice.isEmpty()) {
        notice =
            "k3s %s did not get ready earlier; %s runs"
                .formatted(wanted.program().version(), last.get().program().version());
      }
      return last.get();
    }
    if (running == null || !running.sha256().equals(wanted.sha256())) {
      before.isRun(wanted.program().version());
    }
    notice = "";
    return wanted;
  }

  /// What runs does its work.
  void works() {
    failures = 0;
    try {
      releases.accept(running().sha256());
    } catch (IOException e) {
      LOG.error("it cannot be written down which release of k3s works", e);
    }
  }

  /// What runs did no work. A release that has worked before is tried for ever; a new one gives way
  /// to the one before.
  void fails(String reason) {
    K3sReleases.Release release = running();
    failures++;
    try {
      Optional<K3sReleases.Release> last = releases.current();
      if (failures < CHANCES || last.isEmpty() || last.get().sha256().equals(release.sha256())) {
        return;
      }
      releases.refuse(release.sha256());
      notice =
          "k3s %s did not get ready (%s); %s runs"
              .formatted(release.program().version(), reason, last.get().program().version());
      LOG.error(notice);
    } catch (IOException e) {
      LOG.error("the release of k3s before cannot be put back", e);
    }
  }

  /// Of what was chosen last.
  String sha256() {
    return running().sha256();
  }

  private K3sReleases.Release running() {
    if (running == null) {
      throw new IllegalStateException("nothing was started");
    }
    return running;
  }
}
