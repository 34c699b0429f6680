package io.croft.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.etcd.wire.Rpc.SnapshotRequest;
import io.croft.store.etcd.wire.Rpc.SnapshotResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCalls.ServerStreamingMethod;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/// `Maintenance.Snapshot`: an [EtcdBackend] file, and as last message its SHA-256. The file is
/// complete before the first message, so that a slow client holds up nobody.
final class SnapshotCall implements ServerStreamingMethod<SnapshotRequest, SnapshotResponse> {
  private static final int BLOB_BYTES = 1 << 15;

  /// Each takes disk space; more at once are refused.
  private static final int MOST = 2;

  private final Store store;
  private final Streams streams;
  private final Path scratch;
  private final Semaphore permits = new Semaphore(MOST);

  /// What those under way may take of the disk together, in bytes.
  private final AtomicLong claimed = new AtomicLong();

  SnapshotCall(Store store, Streams streams, Path scratch) {
    this.store = store;
    this.streams = streams;
    this.scratch = scratch;
  }

  @Override
  public void invoke(SnapshotRequest request, StreamObserver<SnapshotResponse> observer) {
    streams.open(observer).feed("etcd-snapshot", this::answer);
  }

  private void answer(Outlet<SnapshotResponse> outlet) throws InterruptedException {
    if (!permits.tryAcquire()) {
      throw new StoreException.Overloaded(MOST);
    }
    long mine = 3 * store.sizeBytes();
    try {
      checkSpace(claimed.addAndGet(mine));
      try (ScratchFile file = ScratchFile.in(scratch)) {
        long revision = EtcdBackend.write(store, file.channel(), scratch, outlet::checkOpen);
        send(file, revision, outlet);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the snapshot could not be made in " + scratch, e);
    } finally {
      claimed.addAndGet(-mine);
      permits.release();
    }
  }

  /// The store must not run out of space because of its snapshot, of which there is a second copy
  /// while it is sorted.
  private void checkSpace(long needed) throws IOException {
    Files.createDirectories(scratch);
    long free = Files.getFileStore(scratch).getUsableSpace();
    if (free < needed) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription(
              "%d bytes may be needed on the server's disk, %d are free".formatted(needed, free))
          .asRuntimeException();
    }
  }

  private static void send(ScratchFile file, long revision, Outlet<SnapshotResponse> outlet)
      throws IOException, InterruptedException {
    MessageDigest digest = sha256();
    long left = file.channel().size();
    InputStream in = file.read(0, left);
    while (left > 0 && outlet.awaitRoom()) {
      byte[] blob = in.readNBytes(BLOB_BYTES);
      digest.update(blob);
      left -= blob.length;
      outlet.send(response(revision, left, UnsafeByteOperations.unsafeWrap(blob)));
    }
    outlet.send(response(revision, 0, ByteString.copyFrom(digest.digest())));
  }

  /// Without a version: the file is in the form of etcd before 3.6, which has none.
  private static SnapshotResponse response(long revision, long left, ByteString blob) {
    return SnapshotResponse.newBuilder()
        .setHeader(Headers.at(revision))
        .setRemainingBytes(left)
        .setBlob(blob)
        .build();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
