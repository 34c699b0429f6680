package io.croft.security.audit;

import io.croft.base.Component;
import io.croft.security.AuditPolicy;
import io.croft.security.RequestInfo;
import io.croft.security.UserInfo;
import io.croft.security.config.WatchedFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The audit policy in a file, which is read again when it has changed. One that cannot be used
/// stops the start; later the one before stays in force and the log says why.
public final class PolicyFile implements Component, AuditPolicy {
  private final WatchedFile file;
  private volatile AuditPolicy policy = AuditPolicy.USUAL;

  public PolicyFile(Path file) {
    this.file = new WatchedFile(file, PolicyReader.MAX_BYTES, this::use);
  }

  @Override
  public String name() {
    return "audit-policy";
  }

  @Override
  public void init() throws IOException {
    file.open();
  }

  @Override
  public void start() {
    file.watch();
  }

  @Override
  public void stop() {
    file.close();
  }

  /// Reads the file if it has changed.
  void reload() {
    file.look();
  }

  private void use(byte[] text) throws InvalidPolicyException {
    policy = PolicyReader.read(text);
  }

  @Override
  public Verdict of(@Nullable UserInfo user, @Nullable RequestInfo info, String verb) {
    return policy.of(user, info, verb);
  }
}
