package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Update;

/// A DNS server that takes dynamic updates (RFC 2136), signed with a shared key (RFC 8945) if it
/// has one.
final class Rfc2136Provider implements DnsProvider {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Map<String, Name> ALGORITHMS =
      Map.of(
          "HMACMD5", TSIG.HMAC_MD5,
          "HMACSHA1", TSIG.HMAC_SHA1,
          "HMACSHA256", TSIG.HMAC_SHA256,
          "HMACSHA512", TSIG.HMAC_SHA512);

  private final InetSocketAddress server;
  private final boolean tcp;
  private final @Nullable TSIG signature;

  private Rfc2136Provider(InetSocketAddress server, boolean tcp, @Nullable TSIG signature) {
    this.server = server;
    this.tcp = tcp;
    this.signature = signature;
  }

  /// @param config `rfc2136` of a solver
  static Rfc2136Provider of(JsonNode config, SecretReader secrets) throws SolverException {
    return new Rfc2136Provider(
        DnsLookup.server(config.path("nameserver").asText("")),
        config.path("protocol").asText("").equalsIgnoreCase("TCP"),
        signature(config, secrets));
  }

  private static @Nullable TSIG signature(JsonNode config, SecretReader secrets)
      throws SolverException {
    String keyName = config.path("tsigKeyName").asText("");
    String algorithm = config.path("tsigAlgorithm").asText("");
    String known = algorithm.isEmpty() ? "HMACMD5" : algorithm.toUpperCase(Locale.ROOT);
    Name used = ALGORITHMS.get(known);
    if (used == null) {
      throw new SolverException(
          "rfc2136.tsigAlgorithm is \"%s\", but must be one of %s"
              .formatted(algorithm, ALGORITHMS.keySet().stream().sorted().toList()));
    }
    if (keyName.isEmpty()) {
      return null;
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(secrets.text(config.path("tsigSecretSecretRef")));
    } catch (IllegalArgumentException e) {
      throw new SolverException("the TSIG key in the Secret is not Base64");
    }
    return new TSIG(used, DnsLookup.name(keyName), key);
  }

  @Override
  public void publish(TextRecord record) throws SolverException {
    var update = new Update(DnsLookup.name(record.zone()));
    update.add(text(record));
    send(update);
  }

  @Override
  public void remove(TextRecord record) throws SolverException {
    var update = new Update(DnsLookup.name(record.zone()));
    update.delete(text(record));
    send(update);
  }

  private static TXTRecord text(TextRecord record) throws SolverException {
    return new TXTRecord(
        DnsLookup.name(record.name()), DClass.IN, TextRecord.TTL_SECONDS, record.value());
  }

  private void send(Update update) throws SolverException {
    Message answer;
    try {
      var resolver = new SimpleResolver(server);
      resolver.setTimeout(TIMEOUT);
      resolver.setTCP(tcp);
      resolver.setTSIGKey(signature);
      answer = resolver.send(update);
    } catch (IOException e) {
      throw new SolverException(
          "the DNS server %s cannot be updated: %s".formatted(server, e.getMessage()), e);
    }
    if (answer.getRcode() != Rcode.NOERROR) {
      throw new SolverException(
          "the DNS server %s refuses the update: %s"
              .formatted(server, Rcode.string(answer.getRcode())));
    }
  }
}
