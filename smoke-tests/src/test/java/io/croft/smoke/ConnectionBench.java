package io.croft.smoke;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// Measures what open connections cost the built distribution, and prints it: idle ones, each of
/// which has asked something once, and watches. Each is a TLS connection of its own with a client
/// certificate. It judges nothing.
public final class ConnectionBench {
  private static final int IDLE = number("BENCH_CONNECTIONS", 10_000);
  private static final int WATCHES = number("BENCH_WATCHES", 1_000);
  private static final int CLIENTS = 16;

  /// Well below the gateway's idle time.
  private static final long TOUCH_NANOS = 40_000_000_000L;

  private final Appliance appliance;
  private final SSLContext tls;

  private ConnectionBench(Appliance appliance, SSLContext tls) {
    this.appliance = appliance;
    this.tls = tls;
  }

  private static int number(String variable, int otherwise) {
    return Integer.parseInt(System.getenv().getOrDefault(variable, Integer.toString(otherwise)));
  }

  public static void main(String[] arguments) throws Exception {
    try (var appliance = new Appliance()) {
      appliance.start();
      new ConnectionBench(appliance, appliance.identity().tls()).run();
    }
    System.exit(0);
  }

  /// @param heap after a collection
  private record Memory(double heap, double resident) {
    void print(String when, Memory before, int connections) {
      System.out.printf("%-28s %8.1f MB heap %8.1f MB resident", when, heap / 1e6, resident / 1e6);
      if (connections > 0) {
        System.out.printf(
            "   each: %6.1f KB heap %6.1f KB resident",
            (heap - before.heap) / connections / 1e3,
            (resident - before.resident) / connections / 1e3);
      }
      System.out.println();
    }
  }

  private void run() throws Exception {
    open(200, false).forEach(ConnectionBench::close); // what the first ones cost once
    Memory before = memory();
    before.print("before", before, 0);
    List<Open> watches = open(WATCHES, true);
    Memory watching = memory();
    watching.print(watches.size() + " watches", before, watches.size());
    List<Open> idle = open(IDLE, false);
    memory().print(idle.size() + " idle connections more", watching, idle.size());
    for (Open watch : watches) {
      requireOpen(watch);
    }
    idle.forEach(ConnectionBench::close);
    watches.forEach(ConnectionBench::close);
    Thread.sleep(10_000);
    memory().print("when they are closed", before, 0);
  }

  private static final class Open {
    private final SSLSocket socket;
    private long used = System.nanoTime();

    Open(SSLSocket socket) {
      this.socket = socket;
    }
  }

  private static void close(Open open) {
    try {
      open.socket.close();
    } catch (IOException e) {
      // it was closed already
    }
  }

  /// A watch that has ended would be at the end of its answer.
  private static void requireOpen(Open watch) throws IOException {
    watch.socket.setSoTimeout(1);
    try {
      if (watch.socket.getInputStream().read() < 0) {
        throw new IOException("a watch has ended");
      }
    } catch (SocketTimeoutException e) {
      // nothing has happened, as it should be
    }
  }

  private List<Open> open(int count, boolean watch) throws Exception {
    var all = new ArrayList<Open>();
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      var results = new ArrayList<Future<List<Open>>>();
      for (int i = 0; i < CLIENTS; i++) {
        int share = count / CLIENTS + (i < count % CLIENTS ? 1 : 0);
        results.add(clients.submit(() -> openSome(share, watch)));
      }
      for (Future<List<Open>> result : results) {
        all.addAll(result.get());
      }
    }
    return all;
  }

  private List<Open> openSome(int count, boolean watch) throws IOException {
    var some = new ArrayList<Open>();
    for (int i = 0; i < count; i++) {
      var socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", appliance.port());
      socket.setSoTimeout(60_000);
      var open = new Open(socket);
      ask(open, watch ? "/api/v1/namespaces/default/configmaps?watch=true" : "/readyz");
      some.add(open);
      if (i % 50 == 0 && !watch) {
        touch(some);
      }
    }
    return some;
  }

  private static void touch(List<Open> all) throws IOException {
    for (Open open : all) {
      if (System.nanoTime() - open.used > TOUCH_NANOS) {
        ask(open, "/readyz");
      }
    }
  }

  /// Asks and reads the head of the answer, and its body where it has a length.
  private static void ask(Open open, String path) throws IOException {
    open.socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = open.socket.getInputStream();
    var head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("closed: " + head);
      }
      head.append((char) b);
    }
    Matcher length = Pattern.compile("content-length: (\\d+)").matcher(head);
    if (length.find()) {
      in.readNBytes(Integer.parseInt(length.group(1)));
    }
    if (!head.toString().contains(" 200 ")) {
      throw new IOException("not answered: " + head);
    }
    open.used = System.nanoTime();
  }

  private Memory memory() throws Exception {
    Thread.sleep(3_000);
    String pid = Long.toString(appliance.process().pid());
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Command.of(jcmd, pid, "GC.run").run().succeeded();
    String info = Command.of(jcmd, pid, "GC.heap_info").run().succeeded().out();
    double heap = 0;
    Matcher used =
        Pattern.compile("total \\d+K, used (\\d+)K")
            .matcher(info.replaceAll("(?s)Metaspace.*", ""));
    while (used.find()) {
      heap += Double.parseDouble(used.group(1)) * 1024;
    }
    String status = Files.readString(Path.of("/proc", pid, "status"));
    Matcher resident = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(status);
    if (!resident.find()) {
      throw new IllegalStateException(status);
    }
    return new Memory(heap, Double.parseDouble(resident.group(1)) * 1024);
  }
}
