package io.croft.security.audit;

import io.croft.base.Component;
import io.croft.security.AuditPolicy;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The audit policy in a file, which is read again when it has changed. One that cannot be used
/// stops the start; later the one before stays in force and the log says why.
public final class PolicyFile implements Component, AuditPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyFile.class);
  private static final Duration LOOK = Duration.ofSeconds(5);

  private final Path file;
  private volatile AuditPolicy policy = AuditPolicy.USUAL;
  private byte[] seen = new byte[0];
  private @Nullable Thread watcher;

  public PolicyFile(Path file) {
    this.file = file;
  }

  @Override
  public String name() {
    return "audit-policy";
  }

  @Override
  public void init() throws IOException, InvalidPolicyException {
    try {
      reload();
    } catch (InvalidPolicyException e) {
      throw new InvalidPolicyException(file + ": " + e.getMessage());
    }
  }

  @Override
  public synchronized void start() {
    watcher = Thread.ofVirtual().name("audit-policy").start(this::watch);
  }

  @Override
  public synchronized void stop() {
    if (watcher != null) {
      watcher.interrupt();
      watcher = null;
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        try {
          reload();
        } catch (IOException | InvalidPolicyException e) {
          LOG.atError()
              .addKeyValue("file", file)
              .addKeyValue("reason", e.getMessage())
              .log("the audit policy cannot be used; the one before stays in force");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads the file if it has changed.
  void reload() throws IOException, InvalidPolicyException {
    if (Files.size(file) > PolicyReader.MAX_BYTES) {
      throw new InvalidPolicyException("longer than " + PolicyReader.MAX_BYTES + " bytes");
    }
    byte[] bytes = Files.readAllBytes(file);
    if (!Arrays.equals(bytes, seen)) {
      seen = bytes; // what is wrong with it is said once
      policy = PolicyReader.read(bytes);
      LOG.atInfo().addKeyValue("file", file).log("the audit policy is in force");
    }
  }

  @Override
  public Verdict of(@Nullable UserInfo user, @Nullable RequestInfo info, String verb) {
    return policy.of(user, info, verb);
  }
}
