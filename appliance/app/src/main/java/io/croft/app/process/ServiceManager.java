package io.croft.app.process;

import java.io.IOException;
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

  private ServiceManager(boolean listening) {
    this.listening = listening;
  }

  public static ServiceManager of(Map<String, String> environment) {
    return new ServiceManager(environment.containsKey("NOTIFY_SOCKET"));
  }

  /// Says that everything is up; does nothing when nobody listens.
  public void tellReady() {
    if (!listening) {
      return;
    }
    long pid = ProcessHandle.current().pid();
    try {
      new ProcessBuilder("systemd-notify", "--ready", "--pid=" + pid)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      LOG.warn("systemd-notify cannot be run, so systemd does not learn that croft is ready", e);
    }
  }
}
