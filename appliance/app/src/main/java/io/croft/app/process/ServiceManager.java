package io.croft.app.process;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The service manager that started this process, if one did that wants to know its state.
///
/// systemd listens at a datagram socket in the file system, which the JDK cannot send to, so
/// `systemd-notify` is asked to. The unit needs `NotifyAccess=all` for that.
public final class ServiceManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private final boolean listening;

  /// Within which it wants to hear from this process again; zero when it does not.
  private final Duration watchdog;

  private ServiceManager(boolean listening, Duration watchdog) {
    this.listening = listening;
    this.watchdog = watchdog;
  }

  /// @param environment as systemd sets it, see sd_watchdog_enabled(3)
  public static ServiceManager of(Map<String, String> environment) {
    long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
    return new ServiceManager(
        environment.containsKey("NOTIFY_SOCKET"), Duration.of(micros, ChronoUnit.MICROS));
  }

  /// Says that everything is up, and as often as is asked for that this process is not stuck; does
  /// nothing when nobody listens.
  public void tellReady() {
    if (!listening) {
      return;
    }
    tell("--ready");
    if (watchdog.isPositive()) {
      Thread.ofPlatform().daemon().name("watchdog").start(this::reassure);
    }
  }

  private void reassure() {
    try {
      while (true) {
        tell("WATCHDOG=1");
        Thread.sleep(watchdog.dividedBy(3)); // one that is lost does no harm
      }
    } catch (InterruptedException _) {
      // Nobody does.
    }
  }

  private static void tell(String state) {
    String pid = "--pid=" + ProcessHandle.current().pid();
    try {
      new ProcessBuilder("systemd-notify", pid, state)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn("systemd-notify cannot be run, so systemd does not learn how croft is", e);
    }
  }
}
