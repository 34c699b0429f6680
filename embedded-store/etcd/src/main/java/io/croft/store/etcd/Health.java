package io.croft.store.etcd;

import io.croft.store.Bytes;
import io.croft.store.RangeRequest;
import io.croft.store.Store;
import io.croft.store.StoreException;
import io.croft.store.etcd.wire.Probe.HealthCheckRequest;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse;
import io.croft.store.etcd.wire.Probe.HealthCheckResponse.ServingStatus;

/// Whether the server as a whole (the empty name) serves: it does when the store can be read.
record Health(Store store) {
  private static final RangeRequest PROBE = RangeRequest.key(Bytes.utf8("health"));

  /// Of any other name, nothing is known.
  ServingStatus of(HealthCheckRequest request) {
    if (!request.getService().isEmpty()) {
      return ServingStatus.SERVICE_UNKNOWN;
    }
    try {
      var _ = store.range(PROBE);
      return ServingStatus.SERVING;
    } catch (StoreException _) {
      return ServingStatus.NOT_SERVING;
    }
  }

  static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }
}
