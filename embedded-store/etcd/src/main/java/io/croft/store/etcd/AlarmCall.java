package io.croft.store.etcd;

import io.croft.store.etcd.wire.Rpc.AlarmRequest;
import io.croft.store.etcd.wire.Rpc.AlarmRequest.AlarmAction;
import io.croft.store.etcd.wire.Rpc.AlarmResponse;
import io.grpc.Status;

/// `Maintenance.Alarm`: there are none. The store refuses writes while the disk is full, and takes
/// them again by itself.
record AlarmCall(Headers headers) implements Unary<AlarmRequest, AlarmResponse> {
  @Override
  public AlarmResponse answer(AlarmRequest request) {
    if (request.getAction() == AlarmAction.ACTIVATE) {
      throw Status.UNIMPLEMENTED
          .withDescription("alarms cannot be raised by clients")
          .asRuntimeException();
    }
    return AlarmResponse.newBuilder().setHeader(headers.now()).build();
  }
}
