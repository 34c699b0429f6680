package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse.ServingStatus;
import io.grpc.Status;

/// `grpc.health.v1.Health.Check`, for the server as a whole (the empty name): it serves when the
/// store can be read.
record HealthCheckCall(Store store) implements Unary<HealthCheckRequest, HealthCheckResponse> {
  private static final RangeRequest PROBE = RangeRequest.key(Bytes.utf8("health"));

  @Override
  public HealthCheckResponse answer(HealthCheckRequest request) {
    if (!request.getService().isEmpty()) {
      throw Status.NOT_FOUND.withDescription("unknown service").asRuntimeException();
    }
    return HealthCheckResponse.newBuilder().setStatus(status()).build();
  }

  private ServingStatus status() {
    try {
      store.range(PROBE);
      return ServingStatus.SERVING;
    } catch (StoreException e) {
      return ServingStatus.NOT_SERVING;
    }
  }
}
