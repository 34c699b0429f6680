package io.croft.certificates.acme.solving;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Asks DNS servers. Nothing is remembered: what was not there a moment ago may be there now.
final class DnsLookup {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_ALIASES = 16;
  private static final int MAX_SERVERS = 32;

  private final int authoritativePort;

  /// @param authoritativePort of the servers of zones, 53
  DnsLookup(int authoritativePort) {
    this.authoritativePort = authoritativePort;
  }

  /// @param servers `ADDRESS` or `ADDRESS:PORT`; none for those of the machine
  static List<InetSocketAddress> servers(List<String> servers) throws SolverException {
    if (servers.isEmpty()) {
      return new ResolverConfig().servers(); // as of now: machines move between networks
    }
    var addresses = new ArrayList<InetSocketAddress>();
    for (String server : servers) {
      addresses.add(server(server));
    }
    return addresses;
  }

  static InetSocketAddress server(String text) throws SolverException {
    boolean bareV6 = text.indexOf(':') != text.lastIndexOf(':') && !text.startsWith("[");
    int colon = bareV6 ? -1 : text.lastIndexOf(':');
    boolean port = colon > 0 && text.substring(colon + 1).matches("\\d{1,5}");
    String host = (port ? text.substring(0, colon) : text).replaceAll("^\\[|\\]$", "");
    try {
      int number = port ? Integer.parseInt(text, colon + 1, text.length(), 10) : 53;
      return new InetSocketAddress(InetAddress.ofLiteral(host), number);
    } catch (IllegalArgumentException e) {
      throw new SolverException(
          "the name server \"%s\" is not of the form ADDRESS or ADDRESS:PORT".formatted(text), e);
    }
  }

  static Name name(String text) throws SolverException {
    try {
      return Name.fromString(text, Name.root);
    } catch (TextParseException e) {
      throw new SolverException("\"%s\" is no DNS name: %s".formatted(text, e.getMessage()), e);
    }
  }

  /// The name that a name is an alias of, or the name itself.
  Name canonical(Name name, List<InetSocketAddress> servers) throws SolverException {
    Name current = name;
    var seen = new HashSet<Name>();
    while (seen.add(current) && seen.size() <= MAX_ALIASES) {
      Optional<Name> target = Optional.empty();
      for (Record record : ask(current, Type.CNAME, servers).getSection(Section.ANSWER)) {
        if (record instanceof CNAMERecord alias && record.getName().equals(current)) {
          target = Optional.of(alias.getTarget());
        }
      }
      if (target.isEmpty()) {
        return current;
      }
      current = target.get();
    }
    throw new SolverException("the aliases of %s lead in a circle".formatted(name));
  }

  /// The zone that a name is in: the nearest name above it that has a start of authority.
  Name zone(Name name, List<InetSocketAddress> servers) throws SolverException {
    for (int cut = 0; cut < name.labels() - 1; cut++) {
      Name candidate = cut == 0 ? name : new Name(name, cut);
      for (Record record : ask(candidate, Type.SOA, servers).getSection(Section.ANSWER)) {
        if (record.getType() == Type.SOA && record.getName().equals(candidate)) {
          return candidate;
        }
      }
    }
    throw new SolverException("no zone is found for %s".formatted(name));
  }

  /// Requires that every server of the name's zone has the record.
  void requireAtAuthorities(Name name, String value, List<InetSocketAddress> servers)
      throws SolverException {
    Name real = canonical(name, servers);
    Name zone = zone(real, servers);
    var asked = new ArrayList<InetSocketAddress>();
    for (Record record : ask(zone, Type.NS, servers).getSection(Section.ANSWER)) {
      if (record instanceof NSRecord server && asked.size() < MAX_SERVERS) {
        asked.addAll(addresses(server.getTarget(), servers));
      }
    }
    if (asked.isEmpty()) {
      throw new SolverException("the servers of the zone %s are not found".formatted(zone));
    }
    for (InetSocketAddress server : asked) {
      require(real, value, server);
    }
  }

  private List<InetSocketAddress> addresses(Name name, List<InetSocketAddress> servers)
      throws SolverException {
    var addresses = new ArrayList<InetSocketAddress>();
    for (Record record : ask(name, Type.A, servers).getSection(Section.ANSWER)) {
      if (record instanceof ARecord a) {
        addresses.add(new InetSocketAddress(a.getAddress(), authoritativePort));
      }
    }
    if (addresses.isEmpty()) { // not every machine reaches IPv6
      for (Record record : ask(name, Type.AAAA, servers).getSection(Section.ANSWER)) {
        if (record instanceof AAAARecord a) {
          addresses.add(new InetSocketAddress(a.getAddress(), authoritativePort));
        }
      }
    }
    return addresses;
  }

  /// Requires that a server has the record.
  void require(Name name, String value, InetSocketAddress server) throws SolverException {
    for (Record record : ask(name, Type.TXT, List.of(server)).getSection(Section.ANSWER)) {
      if (record instanceof TXTRecord text && String.join("", text.getStrings()).equals(value)) {
        return;
      }
    }
    throw new SolverException(
        "the server %s does not have the TXT record of %s yet"
            .formatted(server.getAddress().getHostAddress(), name));
  }

  /// The answer of the first server that gives one; "no such name" is one.
  private static Message ask(Name name, int type, List<InetSocketAddress> servers)
      throws SolverException {
    SolverException failure = new SolverException("there is no DNS server to ask");
    for (InetSocketAddress server : servers) {
      try {
        var resolver = new SimpleResolver(server);
        resolver.setTimeout(TIMEOUT);
        Message answer = resolver.send(Message.newQuery(Record.newRecord(name, type, DClass.IN)));
        int code = answer.getRcode();
        if (code == Rcode.NOERROR || code == Rcode.NXDOMAIN) {
          return answer;
        }
        failure =
            new SolverException(
                "the DNS server %s answers %s for %s".formatted(server, Rcode.string(code), name));
      } catch (IOException e) {
        failure =
            new SolverException(
                "the DNS server %s cannot be asked: %s".formatted(server, e.getMessage()), e);
      }
    }
    throw failure;
  }
}
