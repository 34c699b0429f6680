package io.croft.smoke;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Measures the certificate manager of the built distribution, and prints what it finds: how many
/// certificates it issues a second, how many calls of the API each costs, and the memory. It judges
/// nothing. Keys are of EC, as RSA would measure the search for primes.
public final class CertificateBench {
  private static final int CLIENTS = 8;
  private static final Duration SETTLING = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  /// How many times as long as a look took nobody looks.
  private static final int COST = 20;

  /// `BENCH_CERTIFICATES`.
  private static final int CERTIFICATES =
      Integer.parseInt(System.getenv().getOrDefault("BENCH_CERTIFICATES", "10000"));

  private static final String API = "/apis/cert-manager.io/v1/namespaces/default/";
  private static final String ISSUED =
      "certmanager_certificate_ready_status\\{condition=\"True\".*\\} 1\\.0";

  private final PrintStream out = System.out;
  private final Appliance appliance;
  private final Api api;

  private CertificateBench(Appliance appliance, Api api) {
    this.appliance = appliance;
    this.api = api;
  }

  public static void main(String[] arguments) throws Exception {
    try (var appliance = new Appliance()) {
      appliance.start();
      try (Api api = appliance.api()) {
        new CertificateBench(appliance, api).run();
      }
    }
  }

  private void run() throws Exception {
    create("issuers", issuer("self", "{\"selfSigned\":{}}"));
    create("certificates", certificate("root", "self", "\"isCA\":true,\"commonName\":\"root\""));
    create("issuers", issuer("ca", "{\"ca\":{\"secretName\":\"root-tls\"}}"));
    awaitIssued(1);
    resident("resident before");

    double calls = calls();
    long begun = System.nanoTime();
    createAll();
    print("created by %d clients".formatted(CLIENTS), perSecond(begun), "/s");
    awaitIssued(1 + CERTIFICATES);
    print("issued, from the first that was created", perSecond(begun), "/s");
    resident("resident at the end");
    Thread.sleep(SETTLING);
    print("calls of the API per certificate", (calls() - calls) / CERTIFICATES, "");
    resident("resident 20 s later");

    appliance.terminate();
    long stopped = System.nanoTime();
    appliance.start();
    print("starts again", (System.nanoTime() - stopped) / 1e9, "s");
    calls = calls();
    Thread.sleep(SETTLING);
    print("calls per certificate, in the 20 s after", (calls() - calls) / CERTIFICATES, "");
    resident("resident 20 s after the start");
  }

  private void createAll() throws Exception {
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      var done = new ArrayList<Future<?>>();
      for (int i = 0; i < CERTIFICATES; i++) {
        String name = "c-" + i;
        done.add(
            clients.submit(() -> {
              create(
                  "certificates",
                  certificate(name, "ca", "\"dnsNames\":[\"%s.example.com\"]".formatted(name)));
              return null;
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    }
  }

  private void create(String plural, String json) throws Exception {
    Api.Answer answer = api.post(API + plural, json);
    if (answer.status() != 201) {
      throw new IllegalStateException("cannot create: " + answer);
    }
  }

  private static String issuer(String name, String spec) {
    return "{\"apiVersion\":\"cert-manager.io/v1\",\"kind\":\"Issuer\",\"metadata\":{\"name\":\"%s\"},\"spec\":%s}"
        .formatted(name, spec);
  }

  private static String certificate(String name, String issuer, String more) {
    return """
    {"apiVersion":"cert-manager.io/v1","kind":"Certificate","metadata":{"name":"%1$s"},
    "spec":{"secretName":"%1$s-tls","issuerRef":{"name":"%2$s"},"privateKey":{"algorithm":"ECDSA"},%3$s}}\
    """
        .formatted(name, issuer, more);
  }

  /// Looks as seldom as it takes for looking to cost little: what is told grows with what is
  /// issued.
  private void awaitIssued(int count) throws Exception {
    while (true) {
      long begun = System.nanoTime();
      if (issued() >= count) {
        return;
      }
      long pause = Math.max(LOOK_EVERY.toNanos(), COST * (System.nanoTime() - begun));
      Thread.sleep(Duration.ofNanos(pause));
    }
  }

  private long issued() throws IOException, InterruptedException {
    return metrics().stream().filter(line -> line.matches(ISSUED)).count();
  }

  /// All calls that have been answered, but for watches and the like.
  private double calls() throws IOException, InterruptedException {
    return metrics().stream()
        .filter(line -> line.startsWith("apiserver_request_duration_seconds_count"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private List<String> metrics() throws IOException, InterruptedException {
    return api.get("/metrics").body().lines().toList();
  }

  private static double perSecond(long begun) {
    return CERTIFICATES / ((System.nanoTime() - begun) / 1e9);
  }

  private void resident(String when) throws IOException {
    Path file = Path.of("/proc", Long.toString(appliance.process().pid()), "status");
    String kilobytes = Files.readString(file).replaceAll("(?s).*VmRSS:\\s+(\\d+) kB.*", "$1");
    print(when, Long.parseLong(kilobytes) * 1024 / 1e6, "MB");
  }

  private void print(String what, double value, String unit) {
    out.printf("%-44s %10.1f %s%n", what, value, unit);
  }
}
