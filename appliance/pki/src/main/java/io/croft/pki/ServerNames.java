package io.croft.pki;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The names under which a server is reached, as its certificate lists them.
///
/// @param dns host names in lower case; a name may begin with `*.`
/// @param addresses IP addresses in the JDK's text form
public record ServerNames(SortedSet<String> dns, SortedSet<String> addresses) {
  private static final Pattern HOST_NAME =
      Pattern.compile("(\\*\\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");
  private static final Path KERNEL_HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  public ServerNames {
    dns = Collections.unmodifiableSortedSet(new TreeSet<>(dns));
    addresses = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
  }

  /// @param names host names and IP addresses, mixed
  /// @throws IllegalArgumentException naming the first that is neither
  public static ServerNames of(Collection<String> names) {
    var dns = new TreeSet<String>();
    var addresses = new TreeSet<String>();
    for (String name : names) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (isAddress(lower)) {
        addresses.add(InetAddress.ofLiteral(lower).getHostAddress());
      } else if (HOST_NAME.matcher(lower).matches() && lower.length() <= 253) {
        dns.add(lower);
      } else {
        throw new IllegalArgumentException("neither a host name nor an IP address: " + name);
      }
    }
    return new ServerNames(dns, addresses);
  }

  /// Every name and address by which this host may be reached: `localhost`, its name, the addresses
  /// of its interfaces.
  ///
  /// @param extra further names and addresses
  /// @throws IllegalArgumentException when one of `extra` is neither
  public static ServerNames ofThisHost(Collection<String> extra) {
    var names = new TreeSet<>(Set.of("localhost", "127.0.0.1", "::1"));
    names.addAll(interfaceAddresses());
    String host = hostName().toLowerCase(Locale.ROOT);
    if (HOST_NAME.matcher(host).matches()) {
      names.add(host);
    }
    names.addAll(extra);
    return of(names);
  }

  private static boolean isAddress(String text) {
    // Digits and dots, or anything with a colon, is meant as an address; "10.1" is not accepted.
    return text.contains(":") || text.matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
  }

  /// Not `InetAddress.getLocalHost`, which may wait seconds for a name server.
  private static String hostName() {
    try {
      return Files.readString(KERNEL_HOST_NAME).strip();
    } catch (IOException e) {
      String host = System.getenv("HOSTNAME");
      return host == null ? "localhost" : host;
    }
  }

  /// Link-local addresses are left out: they mean something else on every link.
  private static List<String> interfaceAddresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress())
          .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
          .toList();
    } catch (SocketException e) {
      return List.of(); // a host without a network still serves itself
    }
  }
}
