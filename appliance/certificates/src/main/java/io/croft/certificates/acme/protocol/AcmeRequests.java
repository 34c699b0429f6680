package io.croft.certificates.acme.protocol;

import io.croft.metrics.Metrics.Sample;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/// Counts the requests to ACME servers, of all connections. Thread-safe.
public final class AcmeRequests {
  /// What is told apart, in the order of [#samples].
  public static final List<String> LABELS = List.of("scheme", "host", "method", "status");

  /// Who makes issuers chooses the hosts; those that come later are counted together.
  private static final int MAX_KINDS = 500;

  private final ConcurrentMap<List<String>, LongAdder> counts = new ConcurrentHashMap<>();

  /// @param status of HTTP; 0 when there was no answer
  void count(URI to, String method, int status) {
    String code = status == 0 ? "error" : Integer.toString(status);
    String host = to.getHost() == null ? "" : to.getHost().toLowerCase(Locale.ROOT);
    List<String> labels = List.of(String.valueOf(to.getScheme()), host, method, code);
    if (counts.size() >= MAX_KINDS && !counts.containsKey(labels)) {
      labels = List.of("", "others", "", "");
    }
    counts.computeIfAbsent(labels, key -> new LongAdder()).increment();
  }

  public List<Sample> samples() {
    return counts.entrySet().stream().map(e -> new Sample(e.getValue().sum(), e.getKey())).toList();
  }
}
