package io.croft.store.etcd;

import io.croft.store.Store;
import io.croft.store.etcd.wire.Rpc.AlarmMember;
import io.croft.store.etcd.wire.Rpc.AlarmRequest;
import io.croft.store.etcd.wire.Rpc.AlarmRequest.AlarmAction;
import io.croft.store.etcd.wire.Rpc.AlarmResponse;
import io.croft.store.etcd.wire.Rpc.AlarmType;
import io.grpc.Status;

/// `Maintenance.Alarm`: `NOSPACE` while puts are refused for lack of space. It is over with its
/// cause, so that disarming it changes nothing.
record AlarmCall(Store store) implements Unary<AlarmRequest, AlarmResponse> {
  @Override
  public AlarmResponse answer(AlarmRequest request) {
    if (request.getAction() == AlarmAction.ACTIVATE) {
      throw Status.UNIMPLEMENTED
          .withDescription("alarms cannot be raised by clients")
          .asRuntimeException();
    }
    AlarmResponse.Builder answer =
        AlarmResponse.newBuilder().setHeader(Headers.at(store.revision()));
    boolean isAsked =
        request.getAlarm() == AlarmType.NONE || request.getAlarm() == AlarmType.NOSPACE;
    if (isAsked && store.isFull()) {
      answer.addAlarms(
          AlarmMember.newBuilder().setMemberID(Headers.MEMBER_ID).setAlarm(AlarmType.NOSPACE));
    }
    return answer.build();
  }
}
