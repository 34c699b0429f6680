package io.croft.store.etcd;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has a running server present what is in its files, soon after they change. They are read again
/// at an interval, as a directory cannot be watched for what a link in it leads to.
///
/// What cannot be used, such as a certificate whose key is yet to be written, is told in the log
/// once, and the server stays with what it has.
public final class TlsReload implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TlsReload.class);

  private final EtcdServer server;
  private final Source source;
  private final Duration interval;
  private EtcdTls present;
  private @Nullable String complaint;
  private @Nullable Thread thread;
  private boolean closed;

  /// Reads the files.
  @FunctionalInterface
  public interface Source {
    /// @throws IOException naming the file that cannot be read or used
    EtcdTls load() throws IOException;
  }

  /// @param present what the server has
  /// @param interval a few seconds; not zero
  public TlsReload(EtcdServer server, Source source, EtcdTls present, Duration interval) {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("the interval must be positive, not " + interval);
    }
    this.server = server;
    this.source = source;
    this.present = present;
    this.interval = interval;
  }

  /// Once the server runs.
  public synchronized void start() {
    if (thread == null && !closed) {
      thread = Thread.ofVirtual().name("etcd-tls").start(this::run);
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(interval);
        look();
      }
    } catch (InterruptedException _) {
      // That is how it ends.
    }
  }

  private synchronized void look() {
    if (closed) {
      return;
    }
    try {
      EtcdTls found = source.load();
      if (!found.equals(present)) {
        server.renew(found);
        present = found;
        LOG.atInfo().addKeyValue("tls", found).log("etcd presents a new certificate");
      }
      complaint = null;
    } catch (IOException | RuntimeException e) {
      complain(e);
    }
  }

  private void complain(Exception e) {
    String message = String.valueOf(e.getMessage());
    if (!message.equals(complaint)) {
      complaint = message;
      LOG.atWarn().addKeyValue("cause", message).log("etcd stays with its certificate");
    }
  }

  /// Repeatable.
  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
