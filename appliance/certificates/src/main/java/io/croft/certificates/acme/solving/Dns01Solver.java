package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.CertificateSpec;
import io.croft.client.ApiClient;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.xbill.DNS.Name;

/// Publishes a TXT record under `_acme-challenge` of the name (RFC 8555, 8.4).
public final class Dns01Solver implements Solver {
  private static final String LABEL = "_acme-challenge.";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_BYTES = 1 << 20;

  /// Where the services are; other places in tests.
  ///
  /// @param dnsPort of the servers of zones
  public record Services(URI cloudflare, URI route53, int dnsPort) {
    public static final Services USUAL =
        new Services(
            URI.create("https://api.cloudflare.com/client/v4"),
            URI.create("https://route53.amazonaws.com"),
            53);
  }

  private final ApiClient client;
  private final Services services;
  private final InstantSource clock;
  private final DnsLookup lookup;
  private final BoundedHttp http =
      new BoundedHttp(
          () -> HttpClient.newBuilder().proxy(ProxySelector.getDefault()), TIMEOUT, MAX_BYTES);

  /// @param client reaches webhooks
  public Dns01Solver(ApiClient client, Services services, InstantSource clock) {
    this.client = client;
    this.services = services;
    this.clock = clock;
    this.lookup = new DnsLookup(services.dnsPort());
  }

  @Override
  public void require(JsonNode solver, SecretReader secrets) throws SolverException {
    JsonNode dns = solver.path("dns01");
    var _ = servers(dns);
    var _ = provider(dns, "", secrets);
  }

  private DnsProvider provider(JsonNode dns, String dnsName, SecretReader secrets)
      throws SolverException {
    if (dns.has("rfc2136")) {
      return Rfc2136Provider.of(dns.path("rfc2136"), secrets);
    }
    if (dns.has("webhook")) {
      return new WebhookProvider(client, dns.path("webhook"), dnsName, secrets.namespace());
    }
    if (dns.has("cloudflare")) {
      return CloudflareProvider.of(http, services.cloudflare(), dns.path("cloudflare"), secrets);
    }
    if (dns.has("route53")) {
      return Route53Provider.of(http, services.route53(), dns.path("route53"), secrets, clock);
    }
    throw new SolverException(
        "of the DNS services rfc2136, webhook, cloudflare and route53 are supported, not this one");
  }

  private static List<InetSocketAddress> servers(JsonNode dns) throws SolverException {
    return DnsLookup.servers(CertificateSpec.texts(dns.path("nameservers")));
  }

  @Override
  public void present(Task task) throws SolverException, InterruptedException {
    JsonNode dns = task.solver().path("dns01");
    provider(dns, task.name(), task.secrets()).publish(record(task));
  }

  @Override
  public void cleanUp(Task task) throws SolverException, InterruptedException {
    JsonNode dns = task.solver().path("dns01");
    provider(dns, task.name(), task.secrets()).remove(record(task));
  }

  private TextRecord record(Task task) throws SolverException {
    JsonNode dns = task.solver().path("dns01");
    List<InetSocketAddress> servers = servers(dns);
    Name name = DnsLookup.name(LABEL + task.name());
    if (dns.path("cnameStrategy").asText("").equals("Follow")) {
      name = lookup.canonical(name, servers);
    }
    return new TextRecord(name.toString(), lookup.zone(name, servers).toString(), task.key());
  }

  /// Nothing of it is in this process.
  @Override
  public void resume(Task task) {}

  /// With name servers of its own a solver trusts those; otherwise the zone's are asked.
  @Override
  public void check(Task task) throws SolverException {
    JsonNode dns = task.solver().path("dns01");
    List<InetSocketAddress> servers = servers(dns);
    Name name = DnsLookup.name(LABEL + task.name());
    if (CertificateSpec.texts(dns.path("nameservers")).isEmpty()) {
      lookup.requireAtAuthorities(name, task.key(), servers);
      return;
    }
    Name real = lookup.canonical(name, servers);
    for (InetSocketAddress server : servers) {
      lookup.require(real, task.key(), server);
    }
  }
}
