package io.croft.smoke;

import static io.croft.smoke.Eventually.eventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Measures TLS proxies in front of one service (nginx with files): the built gateway, which knows
/// its caller by a token and asks whether he may, beside nginx and Caddy, which let everybody
/// through. Prints requests per second, latencies and memory; judges nothing.
public final class GatewayBench {
  private static final int ROUNDS = number("BENCH_ROUNDS", 3);
  private static final int SECONDS = number("BENCH_SECONDS", 5);
  private static final int CONNECTIONS = number("BENCH_CONNECTIONS", 32);
  private static final int STREAMS = 10;

  /// How many times each load runs before it counts: what is meant is how they go on, and compilers
  /// that share two cores with the load need a minute and more.
  private static final int WARM_UPS = number("BENCH_WARMUPS", 5);

  private static final Map<String, Integer> FILES = Map.of("1k", 1 << 10, "100k", 100 << 10);
  private static final List<String> LOADS = list("BENCH_LOADS", "h1 1k,h1 100k,h2 1k,h2 100k");
  private static final List<String> PROXIES = list("BENCH_PROXIES", "croft,nginx,caddy");

  private final Path directory;
  private final List<Process> processes = new ArrayList<>();
  private final int service = Distribution.freePort();

  /// @param port where it is reached as `live.test`
  /// @param pid of the process, or of the parent of all its processes
  record Proxy(String name, int port, long pid) {}

  /// @param perSecond requests
  /// @param p50 in milliseconds, as `p99`
  /// @param cpu of the proxy, in milliseconds per request
  record Result(double perSecond, double p50, double p99, double cpu) {
    Result(double perSecond, double p50, double p99) {
      this(perSecond, p50, p99, 0);
    }
  }

  private GatewayBench(Path directory) {
    this.directory = directory;
  }

  private static int number(String variable, int otherwise) {
    return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(otherwise)));
  }

  private static List<String> list(String variable, String otherwise) {
    return List.of(System.getenv().getOrDefault(variable, otherwise).split(","));
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("croft-bench");
    var bench = new GatewayBench(directory);
    try (var appliance = new Appliance()) {
      bench.run(appliance);
    } finally {
      bench.processes.forEach(Process::destroy);
      for (Process process : bench.processes) {
        process.waitFor();
      }
      Appliance.deleteAll(directory);
    }
  }

  private void run(Appliance appliance) throws Exception {
    String openssl = Distribution.peer("openssl");
    for (String name : List.of("nginx", "wrk", "h2load")) {
      Distribution.peer(name);
    }
    Path certificate = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    RoutedSite.certify(openssl, certificate, key);
    Files.createDirectories(directory.resolve("www"));
    for (var file : FILES.entrySet()) {
      byte[] content = new byte[file.getValue()];
      Arrays.fill(content, (byte) 'x');
      Files.write(directory.resolve("www").resolve(file.getKey()), content);
    }
    Files.setPosixFilePermissions(
        directory, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    nginx("service", "listen 127.0.0.1:%d; root %s;".formatted(service, directory.resolve("www")));

    var proxies = new ArrayList<Proxy>();
    String token = croft(appliance, certificate, key, proxies);
    int port = Distribution.freePort();
    Process nginx =
        nginx(
            "proxy",
            """
            listen 127.0.0.1:%d ssl http2; server_name live.test; ssl_protocols TLSv1.2 TLSv1.3;
            ssl_certificate %s; ssl_certificate_key %s;
            location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }
            """
                .formatted(port, certificate, key));
    proxies.add(new Proxy("nginx", port, nginx.pid()));
    if (Distribution.findPeer("caddy").isPresent()) {
      proxies.add(caddy(certificate, key));
    }
    proxies.removeIf(proxy -> !PROXIES.contains(proxy.name()));
    for (Proxy proxy : proxies) {
      eventually(proxy.name() + " serves", () -> answers(proxy, token));
    }
    compare(proxies, token);
  }

  /// @return the token by which it knows its caller
  private String croft(Appliance appliance, Path certificate, Path key, List<Proxy> proxies)
      throws Exception {
    Files.createDirectories(appliance.dataDirectory());
    Files.writeString(
        appliance.dataDirectory().resolve("config.yaml"),
        "routes:\n  local-backends: true\nlimits:\n  requests-per-user: 0\n");
    appliance.start();
    try (Api admin = appliance.api();
        var site = new RoutedSite()) {
      site.declare(admin, certificate, key);
      create(
          admin,
          "/apis/gateway.croft.io/v1alpha1/namespaces/default/routeaccesses",
          """
          {"apiVersion":"gateway.croft.io/v1alpha1","kind":"RouteAccess","metadata":{"name":"live"},
           "spec":{"permission":{"resourceAttributes":{"group":"example.com","resource":"sites","verb":"get"}}}}
          """);
      create(
          admin,
          "/apis/rbac.authorization.k8s.io/v1/clusterroles",
          """
          {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"visitor"},
           "rules":[{"apiGroups":["example.com"],"resources":["sites"],"verbs":["get"]}]}
          """);
      create(
          admin,
          "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
          """
          {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"visitor"},
           "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"visitor"},
           "subjects":[{"kind":"ServiceAccount","name":"visitor","namespace":"default"}]}
          """);
      create(
          admin,
          "/api/v1/namespaces/default/serviceaccounts",
          "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"visitor\"}}");
      String route =
          """
          {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"live"},
           "spec":{"parentRefs":[{"name":"live"}],"hostnames":["live.test"],"rules":[{
             "filters":[{"type":"ExtensionRef",
               "extensionRef":{"group":"gateway.croft.io","kind":"RouteAccess","name":"live"}}],
             "backendRefs":[{"name":"live","port":%d}]}]}}
          """
              .formatted(service);
      RoutedSite.replaceRoute(admin, route);
      proxies.add(new Proxy("croft", appliance.port(), appliance.process().pid()));
      return admin
          .post(
              "/api/v1/namespaces/default/serviceaccounts/visitor/token",
              "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}")
          .json()
          .path("status")
          .path("token")
          .asText();
    }
  }

  private static void create(Api admin, String path, String json) throws Exception {
    Api.Answer answer = admin.post(path, json);
    if (answer.status() != 201) {
      throw new IllegalStateException("cannot create: " + answer);
    }
  }

  private Process nginx(String name, String server) throws IOException {
    Path file = directory.resolve(name + ".conf");
    Files.writeString(
        file,
        """
        daemon off; worker_processes 2; pid %1$s/%2$s.pid; error_log %1$s/%2$s.log crit;
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 1000000000; types { } default_type text/plain;
          client_body_temp_path %1$s/%2$s-body; proxy_temp_path %1$s/%2$s-proxy;
          fastcgi_temp_path %1$s/%2$s-f; uwsgi_temp_path %1$s/%2$s-u; scgi_temp_path %1$s/%2$s-s;
          upstream service { server 127.0.0.1:%3$d; keepalive 128; keepalive_requests 1000000000; }
          server { %4$s }
        }
        """
            .formatted(directory, name, service, server));
    return start(name, "nginx", "-c", file.toString());
  }

  private Proxy caddy(Path certificate, Path key) throws IOException {
    int port = Distribution.freePort();
    Path file = directory.resolve("Caddyfile");
    Files.writeString(
        file,
        """
        {
          admin off
          auto_https off
          default_sni live.test
        }
        https://live.test:%1$d, https://127.0.0.1:%1$d {
          bind 127.0.0.1
          tls %2$s %3$s
          reverse_proxy 127.0.0.1:%4$d
        }
        """
            .formatted(port, certificate, key, service));
    Process process =
        start("caddy", "caddy", "run", "--adapter", "caddyfile", "--config", file.toString());
    return new Proxy("caddy", port, process.pid());
  }

  private Process start(String name, String program, String... arguments) {
    var line = new ArrayList<String>(List.of(Distribution.peer(program)));
    line.addAll(List.of(arguments));
    Process process =
        new Command(line, Map.of(), "")
            .start(directory.resolve(name + ".out"), directory.resolve(name + ".err"));
    processes.add(process);
    return process;
  }

  private boolean answers(Proxy proxy, String token) {
    return Command.of(
            "curl",
            "-sk",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--resolve",
            RoutedSite.HOST + ":" + proxy.port() + ":127.0.0.1",
            "-H",
            "Authorization: Bearer " + token,
            url(proxy, "1k"))
        .run()
        .text()
        .equals("200");
  }

  private static String url(Proxy proxy, String file) {
    return "https://" + RoutedSite.HOST + ":" + proxy.port() + "/" + file;
  }

  private void compare(List<Proxy> proxies, String token) throws Exception {
    var results = new LinkedHashMap<String, List<Result>>();
    for (int round = 0; round < WARM_UPS; round++) {
      for (Proxy proxy : proxies) {
        for (String load : LOADS) {
          measure(proxy, load, token);
        }
      }
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (String load : LOADS) {
        for (Proxy proxy : proxies) {
          results
              .computeIfAbsent(load + " " + proxy.name(), _ -> new ArrayList<>())
              .add(measure(proxy, load, token));
        }
      }
    }
    System.out.printf(
        "%-18s %10s %9s %9s %9s %9s%n",
        "median", "req/s", "p50 ms", "p99 ms", "cpu ms", "croft is");
    for (String load : LOADS) {
      double ours = median(results.getOrDefault(load + " croft", List.of()), Result::perSecond);
      for (Proxy proxy : proxies) {
        List<Result> all = results.getOrDefault(load + " " + proxy.name(), List.of());
        double perSecond = median(all, Result::perSecond);
        System.out.printf(
            "%-18s %10.0f %9.2f %9.2f %9.3f %9.2f%n",
            load + " " + proxy.name(),
            perSecond,
            median(all, Result::p50),
            median(all, Result::p99),
            median(all, Result::cpu),
            ours / perSecond);
      }
    }
    for (Proxy proxy : proxies) {
      System.out.printf(
          "%-18s %10.1f MB resident%n",
          proxy.name(), ProcessTree.of(proxy.pid()).residentMegabytes());
    }
  }

  private static double median(
      List<Result> results, java.util.function.ToDoubleFunction<Result> of) {
    double[] sorted = results.stream().mapToDouble(of).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  private Result measure(Proxy proxy, String load, String token) throws IOException {
    String[] parts = load.split(" ");
    double before = ProcessTree.of(proxy.pid()).cpuMillis();
    Result result =
        parts[0].equals("h1") ? wrk(proxy, parts[1], token) : h2load(proxy, parts[1], token);
    double requests = Math.max(1, result.perSecond * SECONDS);
    // More than requests per second on a machine that others use too.
    double cpu = (ProcessTree.of(proxy.pid()).cpuMillis() - before) / requests;
    return new Result(result.perSecond, result.p50, result.p99, cpu);
  }

  private static Result wrk(Proxy proxy, String file, String token) {
    String out =
        Command.of(
                Distribution.peer("wrk"),
                "-t1",
                "-c" + CONNECTIONS,
                "-d" + SECONDS + "s",
                "--latency",
                "-H",
                "Host: " + RoutedSite.HOST,
                "-H",
                "Authorization: Bearer " + token,
                "https://127.0.0.1:" + proxy.port() + "/" + file)
            .run()
            .succeeded()
            .out();
    if (out.contains("Non-2xx")) {
      throw new IllegalStateException(out);
    }
    return new Result(
        number(out, "Requests/sec:\\s+([0-9.]+)"),
        milliseconds(out, "50%\\s+([0-9.]+)([mu]?s)"),
        milliseconds(out, "99%\\s+([0-9.]+)([mu]?s)"));
  }

  private Result h2load(Proxy proxy, String file, String token) throws IOException {
    Path log = directory.resolve("h2load.log");
    Files.deleteIfExists(log);
    String out =
        Command.of(
                Distribution.peer("h2load"),
                "--connect-to=127.0.0.1:" + proxy.port(),
                "-t1",
                "-c" + CONNECTIONS / STREAMS,
                "-m" + STREAMS,
                "-D" + SECONDS,
                "--log-file=" + log,
                "-H",
                "Authorization: Bearer " + token,
                url(proxy, file))
            .run()
            .succeeded()
            .out();
    if (!out.contains(" 0 4xx, 0 5xx")) {
      throw new IllegalStateException(out);
    }
    long[] micros;
    try (Stream<String> lines = Files.lines(log)) {
      micros = lines.mapToLong(line -> Long.parseLong(line.split("\t")[2])).sorted().toArray();
    }
    return new Result(
        number(out, "finished in [^,]+, ([0-9.]+) req/s"),
        micros[micros.length / 2] / 1e3,
        micros[(int) (micros.length * 0.99)] / 1e3);
  }

  private static double number(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    if (!found.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return Double.parseDouble(found.group(1));
  }

  private static double milliseconds(String text, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    if (!found.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    double value = Double.parseDouble(found.group(1));
    return switch (found.group(2)) {
      case "us" -> value / 1e3;
      case "ms" -> value;
      default -> value * 1e3;
    };
  }
}
