package io.croft.store.etcd;

import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse.ServingStatus;
import io.grpc.stub.ServerCalls.ServerStreamingMethod;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// `grpc.health.v1.Health.Watch`: the status now, and whenever it is another.
record HealthWatchCall(Health health, Streams streams)
    implements ServerStreamingMethod<HealthCheckRequest, HealthCheckResponse> {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  @Override
  public void invoke(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
    streams.open(observer).feed("etcd-health", outlet -> tell(request, outlet));
  }

  private void tell(HealthCheckRequest request, Outlet<HealthCheckResponse> outlet)
      throws InterruptedException {
    @Nullable ServingStatus told = null;
    while (outlet.awaitRoom()) {
      ServingStatus now = health.of(request);
      if (now != told) {
        outlet.send(Health.response(now));
        told = now;
      }
      Thread.sleep(INTERVAL);
    }
  }
}
