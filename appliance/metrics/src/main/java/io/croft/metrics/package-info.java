/// What the appliance counts and measures, for Prometheus to ask for. Owns the Prometheus client.
@NullMarked
package io.croft.metrics;

import org.jspecify.annotations.NullMarked;
