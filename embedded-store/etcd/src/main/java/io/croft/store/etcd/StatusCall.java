package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.StatusRequest;
import io.croft.store.etcd.wire.Rpc.StatusResponse;

/// `Maintenance.Status`: kube-apiserver reads the version from it, and the size on disk.
record StatusCall(Store store) implements Unary<StatusRequest, StatusResponse> {
  @Override
  public StatusResponse answer(StatusRequest request) {
    long revision = store.revision();
    StatusResponse.Builder answer = StatusResponse.newBuilder();
    if (store.isFull()) {
      answer.addErrors("memberID:%d alarm:NOSPACE ".formatted(Headers.MEMBER_ID)); // as etcd has it
    }
    return answer
        .setHeader(Headers.at(revision))
        .setVersion(EtcdServer.VERSION)
        .setDbSize(store.sizeBytes())
        .setDbSizeInUse(store.usedBytes())
        .setLeader(Headers.MEMBER_ID)
        .setRaftTerm(Headers.TERM)
        .setRaftIndex(revision)
        .setRaftAppliedIndex(revision)
        .build();
  }
}
