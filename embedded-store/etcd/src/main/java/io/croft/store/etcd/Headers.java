package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.ResponseHeader;

/// The headers of answers: of a cluster of one member, which is always its leader.
final class Headers {
  static final long CLUSTER_ID = 0x63726f66_74000001L;
  static final long MEMBER_ID = 0x63726f66_74000002L;

  /// There is no election; clients want it positive and stable.
  static final long TERM = 1;

  private final Store store;

  Headers(Store store) {
    this.store = store;
  }

  ResponseHeader now() {
    return at(store.revision());
  }

  static ResponseHeader at(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(CLUSTER_ID)
        .setMemberId(MEMBER_ID)
        .setRevision(revision)
        .setRaftTerm(TERM)
        .build();
  }
}
