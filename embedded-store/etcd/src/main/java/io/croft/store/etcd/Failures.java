package io.croft.store.etcd;

import io.croft.store.StoreException;
import io.croft.store.StoreException.Invalid;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What clients are told of failures. They compare the words, so these are etcd's (its package
/// `rpctypes`).
final class Failures {
  static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static StatusRuntimeException of(RuntimeException failure) {
    return switch (failure) {
      case StatusRuntimeException status -> status;
      case StoreException refusal -> status(refusal).asRuntimeException();
      default -> {
        LOG.atError().setCause(failure).log("a call failed");
        yield Status.INTERNAL.withDescription("internal error").asRuntimeException();
      }
    };
  }

  private static Status status(StoreException refusal) {
    return switch (refusal) {
      case StoreException.Compacted e -> Status.OUT_OF_RANGE.withDescription(COMPACTED);
      case StoreException.FutureRevision e ->
          Status.OUT_OF_RANGE.withDescription(
              "etcdserver: mvcc: required revision is a future revision");
      case Invalid e ->
          Status.fromCode(code(e.rule())).withDescription("etcdserver: " + e.rule().text());
      case StoreException.LeaseNotFound e ->
          Status.NOT_FOUND.withDescription("etcdserver: requested lease not found");
      case StoreException.NoSpace e ->
          Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: mvcc: database space exceeded");
      case StoreException.Overloaded e ->
          Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests");
      case StoreException.Closed e -> stopped();
      case StoreException.Corrupt e ->
          Status.DATA_LOSS.withDescription("etcdserver: corrupt cluster");
    };
  }

  private static Code code(Invalid.Rule rule) {
    return switch (rule) {
      case LEASE_TTL_TOO_LARGE -> Code.OUT_OF_RANGE;
      case LEASE_EXISTS -> Code.FAILED_PRECONDITION;
      case EMPTY_KEY,
          DUPLICATE_KEY,
          TOO_MANY_OPS,
          TOO_LARGE,
          VALUE_PROVIDED,
          LEASE_PROVIDED,
          KEY_NOT_FOUND,
          INVALID_SORT ->
          Code.INVALID_ARGUMENT;
    };
  }

  static Status stopped() {
    return Status.UNAVAILABLE.withDescription("etcdserver: server stopped");
  }
}
