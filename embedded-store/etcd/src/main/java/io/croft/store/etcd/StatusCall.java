package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.StatusRequest;
import io.croft.store.etcd.wire.Rpc.StatusResponse;

/// `Maintenance.Status`: kube-apiserver reads the version from it, and the size on disk.
record StatusCall(Store store) implements Unary<StatusRequest, StatusResponse> {
  @Override
  public StatusResponse answer(StatusRequest request) {
    long revision = store.revision();
    long size = store.sizeBytes();
    return StatusResponse.newBuilder()
        .setHeader(Headers.at(revision))
        .setVersion(EtcdServer.VERSION)
        .setDbSize(size)
        .setDbSizeInUse(size)
        .setLeader(Headers.MEMBER_ID)
        .setRaftTerm(Headers.TERM)
        .setRaftIndex(revision)
        .setRaftAppliedIndex(revision)
        .build();
  }
}
