package io.croft.fleet.agent.component;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.client.ApiClient;
import io.croft.client.PatchType;
import io.croft.fleet.kinds.Assignment;
import io.croft.fleet.kinds.ComponentReport;
import io.croft.fleet.kinds.FleetKinds;
import io.croft.model.ApiObject;
import io.croft.model.Json;
import io.croft.model.StatusException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the host have the software that its machine says: one step at a time, each after a fresh
/// look at what it was told. Whatever a step is about to do is on the disk, and known to the
/// appliance, before a script starts; so it does not matter when the agent is killed.
///
/// | the machine says | the host |
/// |---|---|
/// | a version that is not the host's, or is told anew | runs its check; if that fails, install, then check again |
/// | the version that it has | runs its check from time to time, and installs again when that fails |
/// | that one goes | runs remove, if an install was ever started here |
/// | nothing | leaves it as it is |
public final class HostComponents implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HostComponents.class);
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(10);
  private static final Duration LAST_RETRY = Duration.ofMinutes(5);
  private static final Duration CLOSING = Duration.ofSeconds(8);
  private static final int SERVER_ERROR = 500;
  private static final int TOO_MANY = 429;

  private final ApiClient client;
  private final String node;
  private final ComponentDirectory directory;
  private final Stages stages;
  private final ScriptRunner scripts;
  private final Map<String, String> environment;
  private final InstantSource clock;
  private final Semaphore woken = new Semaphore(0);
  private final Thread thread;

  /// When something is next to be done about a component, by the clock that only goes forward. Of
  /// the thread alone; after a start everything is due.
  private final Map<String, Long> dueNanos = new HashMap<>();

  /// What is being done about a component just now, in words. Of the thread alone.
  private final Map<String, String> progress = new HashMap<>();

  private volatile List<InstalledComponent> known = List.of();

  /// @param client may read and report about the machine
  /// @param node the machine's name
  /// @param nodeDirectory what the host keeps about itself
  /// @param environment what scripts find besides what their component says
  public HostComponents(
      ApiClient client,
      String node,
      Path nodeDirectory,
      Map<String, String> environment,
      InstantSource clock) {
    this.client = client;
    this.node = node;
    this.directory = new ComponentDirectory(nodeDirectory.resolve("components"));
    this.stages = new Stages(client);
    this.scripts = new ScriptRunner(nodeDirectory.resolve("script"));
    this.environment = Map.copyOf(environment);
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("host-components").unstarted(this::keep);
  }

  public void start() {
    thread.start();
  }

  /// Has it look now what the host was told.
  public void wake() {
    woken.release();
  }

  /// Which components are not as they should be, and why; empty when the host has none at all.
  public Optional<List<String>> troubles() {
    List<InstalledComponent> all = known;
    return all.isEmpty()
        ? Optional.empty()
        : Optional.of(
            all.stream()
                .filter(installed -> !installed.isReady())
                .map(installed ->
                    "%s %s: %s%s"
                        .formatted(
                            installed.component(),
                            installed.version(),
                            installed.phase(),
                            installed.message().isEmpty() ? "" : ", " + installed.message()))
                .toList());
  }

  private void keep() {
    try {
      directory.clear();
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("what was forgotten cannot be deleted");
    }
    try {
      while (true) {
        try {
          while (step()) {
            LOG.debug("looking for more to do");
          }
        } catch (StatusException | UncheckedIOException e) {
          // the heartbeat says aloud when the appliance is not reached
          LOG.atDebug().setCause(e).log("components are looked at again soon");
        } catch (IOException | RuntimeException e) {
          LOG.atWarn().setCause(e).log("components are looked at again soon");
        }
        if (woken.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
          woken.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("components are no longer looked after");
    }
  }

  /// Does the first thing that is due.
  ///
  /// @return whether there was any
  private boolean step() throws IOException, InterruptedException {
    ApiObject machine = client.get(FleetKinds.MACHINES, "", node);
    report(machine);
    for (Assignment told : Assignment.of(machine)) {
      Optional<InstalledComponent> before = directory.find(told.component());
      boolean news = before.filter(b -> b.isAbout(told)).isEmpty();
      if (told.remove() ? before.isPresent() && isDue(told, news) : isDue(told, news)) {
        if (news) {
          dueNanos.remove(told.component());
        }
        InstalledComponent begun =
            before.orElseGet(() -> InstalledComponent.begin(told, clock.instant()));
        if (told.remove()) {
          remove(begun.removing(told, clock.instant()));
        } else {
          settle(told, news ? begun.told(told, clock.instant()) : begun);
        }
        report(client.get(FleetKinds.MACHINES, "", node));
        return true;
      }
    }
    return false;
  }

  private boolean isDue(Assignment told, boolean news) {
    Long due = dueNanos.get(told.component());
    return news || due == null || System.nanoTime() - due >= 0;
  }

  private void wait(String component, Duration time) {
    dueNanos.put(component, System.nanoTime() + time.toNanos());
  }

  /// Tells the appliance what the disk says.
  private void report(ApiObject machine) throws IOException {
    List<InstalledComponent> all = directory.all();
    known = all;
    ArrayNode now = Json.array();
    for (InstalledComponent installed : all) {
      ObjectNode report = installed.report();
      String doing = progress.get(installed.component());
      now.add(doing == null ? report : report.put("progress", doing));
    }
    if (Json.same(now, machine.at("status", "components").orElseGet(Json::array))) {
      return;
    }
    ObjectNode patch = Json.object();
    patch.putObject("status").set("components", now);
    client.patchStatus(FleetKinds.MACHINES, "", node, PatchType.MERGE, Json.bytes(patch));
  }

  /// Keeps it, and tells it, before anything is done.
  private void announce(InstalledComponent installed) throws IOException {
    directory.write(installed);
    report(client.get(FleetKinds.MACHINES, "", node));
  }

  private void settle(Assignment told, InstalledComponent installed)
      throws IOException, InterruptedException {
    if (installed.isReady() && directory.isStaged(installed)) {
      checkAgain(installed);
      return;
    }
    announce(installed);
    InstalledComponent staged = installed;
    try {
      staged = installed.staged(fetch(told));
      directory.write(staged);
      bringAbout(staged);
    } catch (CancellationException e) {
      LOG.atInfo().addKeyValue("component", told.component()).log("a download is given up");
    } catch (StageException e) {
      failed(staged, String.valueOf(e.getMessage()), "");
    } catch (IOException e) {
      failed(staged, "the host cannot do it: " + e, "");
    } catch (StatusException e) {
      if (e.status().code() >= SERVER_ERROR || e.status().code() == TOO_MANY) {
        throw e;
      }
      failed(staged, String.valueOf(e.getMessage()), "");
    }
  }

  private String fetch(Assignment told) throws IOException, StageException, InterruptedException {
    try {
      String stage = stages.fetch(told, directory.of(told.component()), text -> tell(told, text));
      if (progress.remove(told.component()) != null) { // what follows may take long
        report(client.get(FleetKinds.MACHINES, "", node));
      }
      return stage;
    } finally {
      progress.remove(told.component());
    }
  }

  /// Says what is being done, if the appliance is reached: it goes on without it.
  ///
  /// @throws CancellationException when the host is to do something else meanwhile
  private void tell(Assignment told, String text) {
    progress.put(told.component(), ComponentReport.oneLine(text));
    try {
      ApiObject machine = client.get(FleetKinds.MACHINES, "", node);
      if (Assignment.of(machine, told.component()).filter(told::equals).isEmpty()) {
        throw new CancellationException();
      }
      report(machine);
    } catch (StatusException | UncheckedIOException | IOException e) {
      LOG.atDebug().setCause(e).log("the appliance is not told how a download goes");
    }
  }

  private void checkAgain(InstalledComponent installed) throws IOException, InterruptedException {
    ScriptRunner.Outcome check = run(installed, "check");
    if (check.succeeded()) {
      wait(installed.component(), directory.stage(installed).checkPeriod());
    } else {
      failed(installed, said(installed, "check", check), check.output());
      wait(installed.component(), Duration.ZERO); // repaired at once, after the appliance knows
    }
  }

  private void bringAbout(InstalledComponent staged) throws IOException, InterruptedException {
    if (run(staged, "check").succeeded()) {
      ready(staged);
      return;
    }
    InstalledComponent installing = staged.installing();
    directory.write(installing);
    LOG.atInfo()
        .addKeyValue("component", staged.component())
        .addKeyValue("version", staged.version())
        .log("a component is being installed");
    ScriptRunner.Outcome install = run(installing, "install");
    if (!install.succeeded()) {
      failed(installing, said(installing, "install", install), install.output());
      return;
    }
    ScriptRunner.Outcome check = run(installing, "check");
    if (check.succeeded()) {
      ready(installing);
    } else {
      failed(
          installing,
          "install ended with 0, but " + said(installing, "check", check),
          check.output());
    }
  }

  private void ready(InstalledComponent installed) throws IOException {
    directory.tidy(installed); // first, as nobody looks for leftovers of what is ready
    directory.write(installed.ready(clock.instant()));
    wait(installed.component(), directory.stage(installed).checkPeriod());
    LOG.atInfo()
        .addKeyValue("component", installed.component())
        .addKeyValue("version", installed.version())
        .log("a component is ready");
  }

  private void failed(InstalledComponent installed, String why, String output) throws IOException {
    InstalledComponent failed = installed.failed(why, output, clock.instant());
    directory.write(failed);
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failed.attempts() - 1, 10));
    wait(installed.component(), wait.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : wait);
    LOG.atWarn()
        .addKeyValue("component", installed.component())
        .addKeyValue("version", installed.version())
        .addKeyValue("cause", failed.message())
        .log("a component is not as it should be");
  }

  private void remove(InstalledComponent removing) throws IOException, InterruptedException {
    announce(removing);
    if (removing.touched()
        && directory.isStaged(removing)
        && directory.stage(removing).script("remove").isPresent()) {
      ScriptRunner.Outcome outcome = run(removing, "remove");
      if (!outcome.succeeded()) {
        failed(removing, said(removing, "remove", outcome), outcome.output());
        return;
      }
    }
    directory.forget(removing);
    dueNanos.remove(removing.component());
    LOG.atInfo().addKeyValue("component", removing.component()).log("a component is removed");
  }

  private ScriptRunner.Outcome run(InstalledComponent installed, String name)
      throws IOException, InterruptedException {
    Stage stage = directory.stage(installed);
    Path script =
        stage.script(name).orElseThrow(() -> new IOException("there is no script " + name));
    var variables = new HashMap<>(stage.environment(node, installed));
    variables.putAll(environment);
    return scripts.run(script, stage.workingDirectory(), variables, stage.timeout(name));
  }

  private String said(InstalledComponent installed, String name, ScriptRunner.Outcome outcome)
      throws IOException {
    return outcome.summary(name, directory.stage(installed).timeout(name));
  }

  /// Ends the script that runs; it is run again by the next agent.
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
