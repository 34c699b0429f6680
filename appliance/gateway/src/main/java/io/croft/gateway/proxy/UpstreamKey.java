package io.croft.gateway.proxy;

import io.croft.gateway.routing.Backend.Endpoint;
import io.croft.gateway.routing.Backend.Protocol;
import io.croft.gateway.routing.UpstreamTls;
import org.jspecify.annotations.Nullable;

/// What connections must have in common to be used for one another.
record UpstreamKey(Endpoint endpoint, Protocol protocol, @Nullable UpstreamTls tls) {}
