package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import io.croft.store.Bytes;
import io.croft.store.KeyValue;
import io.croft.store.etcd.wire.KVGrpc;
import io.croft.store.etcd.wire.LeaseGrpc;
import io.croft.store.etcd.wire.Mvcc;
import io.croft.store.etcd.wire.Rpc.LeaseTimeToLiveRequest;
import io.croft.store.etcd.wire.Rpc.RangeRequest;
import io.croft.store.etcd.wire.Rpc.RangeResponse;
import io.croft.store.etcd.wire.Rpc.ResponseHeader;
import io.croft.store.transfer.ExportSummary;
import io.croft.store.transfer.ExportWriter;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A running etcd, or kine, as the source of an import: what it has at one revision, read page by
/// page while it goes on. For one thread.
///
/// kine is told by the header of its answers, which names no cluster. Of all keys it gives those
/// that begin with `/`, which is where Kubernetes has its own. It counts no versions, which become
/// 1, and says nothing of leases, but their ids are their seconds.
public final class EtcdSource implements AutoCloseable {
  private static final Bytes FIRST_KEY = Bytes.wrap(new byte[1]);
  private static final Bytes SLASH = Bytes.utf8("/");
  private static final Duration DEADLINE = Duration.ofMinutes(1);
  private static final long MOST_TTL_SECONDS = 9_000_000_000L;

  private final String endpoint;
  private final EtcdChannel channel;

  private EtcdSource(String endpoint, EtcdChannel channel) {
    this.endpoint = endpoint;
    this.channel = channel;
  }

  /// Does not connect yet.
  ///
  /// @param endpoint `http://HOST:PORT`, `https://HOST:PORT` or `unix://PATH`
  /// @param tls for https
  /// @throws IllegalArgumentException when the endpoint is none of these
  /// @throws IOException when the TLS settings cannot be used
  public static EtcdSource of(String endpoint, EtcdClientTls tls) throws IOException {
    return new EtcdSource(endpoint, EtcdChannel.open(endpoint, tls, EtcdPages.MESSAGE_BYTES));
  }

  /// Takes what a source has.
  public interface Target {
    /// Comes first.
    ///
    /// @param revision of which everything is
    void begin(long revision) throws IOException;

    /// Comes before the keys that are on the lease, once.
    ///
    /// @param ttlSeconds as it was granted; 1 when it has run out meanwhile
    void lease(long id, long ttlSeconds) throws IOException;

    /// Comes in the order of the keys. The revisions and the version are the source's.
    void key(KeyValue kv) throws IOException;
  }

  /// Writes an export, which [io.croft.store.transfer.Import] reads.
  ///
  /// @param prefix empty for everything
  /// @param exportedAt what the export gives as its time
  /// @param to is not closed
  /// @throws IOException as `to` does, and when the source cannot be read, saying why; what was
  ///   written then is incomplete, and no import takes it
  public ExportSummary export(Bytes prefix, Instant exportedAt, OutputStream to)
      throws IOException {
    Exporting exporting = new Exporting(prefix, exportedAt, to);
    read(prefix, exporting);
    return exporting.writer().finish();
  }

  /// Gives what the source has, and the leases that its keys need.
  ///
  /// @param prefix empty for everything
  /// @throws IOException as `target` does, and when the source cannot be read, saying why
  public void read(Bytes prefix, Target target) throws IOException {
    try {
      ResponseHeader header = kv().range(single()).getHeader();
      boolean isKine = header.getClusterId() == 0;
      target.begin(header.getRevision());
      Bytes from = isKine && prefix.isEmpty() ? SLASH : prefix;
      EtcdPages pages =
          from.isEmpty()
              ? new EtcdPages(this::kv, FIRST_KEY, FIRST_KEY, header.getRevision())
              : new EtcdPages(this::kv, from, from.prefixEnd(), header.getRevision());
      Set<Long> leases = new HashSet<>();
      while (pages.hasNext()) {
        RangeResponse page = pages.next();
        for (Mvcc.KeyValue kv : page.getKvsList()) {
          if (kv.getLease() != 0 && leases.add(kv.getLease())) {
            target.lease(kv.getLease(), ttlSeconds(kv.getLease(), isKine));
          }
          target.key(FromWire.kv(isKine ? kv.toBuilder().setVersion(1).build() : kv));
        }
      }
    } catch (StatusRuntimeException e) {
      throw new IOException(explained(e.getStatus()), e);
    }
  }

  /// Any key will do: the answer's header tells the revision, and whose it is.
  private static RangeRequest single() {
    return RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("/")).setLimit(1).build();
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel.channel())
        .withDeadlineAfter(DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  private long ttlSeconds(long lease, boolean isKine) {
    long seconds =
        isKine
            ? lease
            : LeaseGrpc.newBlockingStub(channel.channel())
                .withDeadlineAfter(DEADLINE.toSeconds(), TimeUnit.SECONDS)
                .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(lease).build())
                .getGrantedTTL();
    return Math.clamp(seconds, 1, MOST_TTL_SECONDS);
  }

  private String explained(Status status) {
    if (Failures.COMPACTED.equals(status.getDescription())) {
      return endpoint
          + " has compacted the revision that was being read; try again, with less to do for it"
          + " meanwhile or for one prefix after the other";
    }
    return endpoint + " cannot be read: " + status.getCode() + ": " + why(status) + hint(status);
  }

  private static String why(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case CertPathBuilderException _, CertPathValidatorException _ ->
          "its certificate is not of an authority that is trusted";
      case null -> String.valueOf(status.getDescription());
      default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
    };
  }

  private static String hint(Status status) {
    return status.getCode() == Code.UNAUTHENTICATED || status.getCode() == Code.PERMISSION_DENIED
        ? "; users and passwords are not supported, certificates are"
        : "";
  }

  /// Waits for nothing.
  @Override
  public void close() {
    channel.close();
  }

  private static final class Exporting implements Target {
    private final Bytes prefix;
    private final Instant exportedAt;
    private final OutputStream to;
    private @Nullable ExportWriter writer;

    Exporting(Bytes prefix, Instant exportedAt, OutputStream to) {
      this.prefix = prefix;
      this.exportedAt = exportedAt;
      this.to = to;
    }

    @Override
    public void begin(long revision) throws IOException {
      writer = new ExportWriter(to, revision, exportedAt, prefix);
    }

    ExportWriter writer() {
      if (writer == null) {
        throw new IllegalStateException("nothing has begun");
      }
      return writer;
    }

    @Override
    public void lease(long id, long ttlSeconds) throws IOException {
      writer().lease(id, ttlSeconds);
    }

    @Override
    public void key(KeyValue kv) throws IOException {
      writer().key(kv);
    }
  }
}
