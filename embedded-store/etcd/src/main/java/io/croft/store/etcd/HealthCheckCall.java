package io.croft.store.etcd;

import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse.ServingStatus;
import io.grpc.Status;

/// `grpc.health.v1.Health.Check`.
record HealthCheckCall(Health health) implements Unary<HealthCheckRequest, HealthCheckResponse> {
  @Override
  public HealthCheckResponse answer(HealthCheckRequest request) {
    ServingStatus status = health.of(request);
    if (status == ServingStatus.SERVICE_UNKNOWN) {
      throw Status.NOT_FOUND.withDescription("unknown service").asRuntimeException();
    }
    return Health.response(status);
  }
}
