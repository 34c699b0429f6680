package io.croft.metrics;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/// All that is counted and measured, by names that end in their unit as Prometheus has it
/// (`_total`, `_seconds`, `_bytes`). A name can be given once. Thread-safe.
///
/// Every combination of values of a metric's labels is kept for ever: no label may hold what a
/// client can choose freely.
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private boolean describesProcess;

  /// Counts.
  @FunctionalInterface
  public interface Counter {
    /// @param labels a value for each label, in order
    void increment(String... labels);
  }

  /// Goes up and down.
  @FunctionalInterface
  public interface Level {
    /// @param labels a value for each label, in order
    void add(int amount, String... labels);
  }

  /// Tells how values are distributed.
  @FunctionalInterface
  public interface Distribution {
    /// @param labels a value for each label, in order
    void observe(double value, String... labels);
  }

  public Counter counter(String name, String help, String... labels) {
    var counter =
        io.prometheus.metrics.core.metrics.Counter.builder()
            .name(name)
            .help(help)
            .labelNames(labels)
            .register(registry);
    return values -> counter.labelValues(values).inc();
  }

  public Level level(String name, String help, String... labels) {
    Gauge gauge = Gauge.builder().name(name).help(help).labelNames(labels).register(registry);
    return (amount, values) -> gauge.labelValues(values).inc(amount);
  }

  /// @param bounds of the buckets, ascending
  public Distribution distribution(String name, String help, double[] bounds, String... labels) {
    var histogram =
        io.prometheus.metrics.core.metrics.Histogram.builder()
            .name(name)
            .help(help)
            .labelNames(labels)
            .classicOnly()
            .classicUpperBounds(bounds)
            .register(registry);
    return (value, values) -> histogram.labelValues(values).observe(value);
  }

  /// A value that is asked for whenever the metrics are read.
  ///
  /// @param value when it throws, there is no value
  public void value(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  /// The same for several, by the value of one label.
  public void values(String name, String help, String label, Supplier<Map<String, Double>> values) {
    samples(
        name,
        help,
        List.of(label),
        () ->
            values.get().entrySet().stream()
                .map(e -> new Sample(e.getValue(), List.of(e.getKey())))
                .toList());
  }

  /// A value, and what it is about.
  ///
  /// @param labels a value for each label, in order
  public record Sample(double value, List<String> labels) {
    public Sample {
      labels = List.copyOf(labels);
    }
  }

  /// The same by several labels. Nothing of them is kept, so that these labels may hold what
  /// clients choose.
  public void samples(
      String name, String help, List<String> labels, Supplier<List<Sample>> samples) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames(labels.toArray(String[]::new))
        .callback(callback ->
            samples.get().forEach(s -> callback.call(s.value(), s.labels().toArray(String[]::new))))
        .register(registry);
  }

  /// Everything in Prometheus' text format 0.0.4, with what there is to say of Java and the
  /// process.
  public byte[] text() {
    describeProcess();
    var out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /// Only once somebody asks, as it takes a while.
  private synchronized void describeProcess() {
    if (!describesProcess) {
      describesProcess = true;
      JvmMetrics.builder().register(registry);
    }
  }
}
