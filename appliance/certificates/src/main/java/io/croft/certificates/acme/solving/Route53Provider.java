package io.croft.certificates.acme.solving;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Route 53 of AWS, by the keys of a user.
final class Route53Provider implements DnsProvider {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String VERSION = "/2013-04-01/";
  private static final String ZONE_PREFIX = "/hostedzone/";
  private static final int TTL_SECONDS = 10;
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_.*+/=-]+");

  /// Something is wrong with a request, in the service's words.
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private final BoundedHttp http;
  private final URI api;
  private final AwsSignature signature;
  private final String zoneId;
  private final InstantSource clock;

  private Route53Provider(
      BoundedHttp http, URI api, AwsSignature signature, String zoneId, InstantSource clock) {
    this.http = http;
    this.api = api;
    this.signature = signature;
    this.zoneId = zoneId;
    this.clock = clock;
  }

  /// @param api without a slash at the end
  /// @param config `route53` of a solver
  static Route53Provider of(
      BoundedHttp http, URI api, JsonNode config, SecretReader secrets, InstantSource clock)
      throws SolverException {
    if (config.has("auth") || !config.path("role").asText("").isEmpty()) {
      throw new SolverException(
          "route53 is served with keys only: role and auth are not supported");
    }
    String id = config.path("accessKeyID").asText("").strip();
    if (id.isEmpty() == !config.has("accessKeyIDSecretRef")) {
      throw new SolverException("route53 needs either accessKeyID or accessKeyIDSecretRef");
    }
    if (!config.has("secretAccessKeySecretRef")) {
      throw new SolverException("route53 needs secretAccessKeySecretRef");
    }
    String used = id.isEmpty() ? secrets.text(config.path("accessKeyIDSecretRef")) : id;
    String key = secrets.text(config.path("secretAccessKeySecretRef"));
    if (!SAFE.matcher(used).matches()) {
      throw new SolverException("the access key ID of route53 has characters that none has");
    }
    // A global service; its requests are signed for one region.
    var signature = new AwsSignature(used, key, "us-east-1", "route53");
    String zone = config.path("hostedZoneID").asText("");
    return new Route53Provider(http, api, signature, zone, clock);
  }

  @Override
  public void publish(TextRecord record) throws SolverException, InterruptedException {
    try {
      change("UPSERT", record);
    } catch (RefusedException e) {
      throw new SolverException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void remove(TextRecord record) throws SolverException, InterruptedException {
    try {
      change("DELETE", record);
    } catch (RefusedException e) {
      if (!String.valueOf(e.getMessage()).contains("InvalidChangeBatch")) {
        throw new SolverException(String.valueOf(e.getMessage()), e);
      } // else it is not there
    }
  }

  private void change(String action, TextRecord record)
      throws SolverException, RefusedException, InterruptedException {
    if (!SAFE.matcher(record.name()).matches() || !SAFE.matcher(record.value()).matches()) {
      throw new SolverException("the name \"%s\" is no DNS name".formatted(record.name()));
    }
    String body =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
          <ChangeBatch><Changes><Change>
            <Action>%s</Action>
            <ResourceRecordSet>
              <Name>%s</Name>
              <Type>TXT</Type>
              <SetIdentifier>"%s"</SetIdentifier>
              <MultiValueAnswer>true</MultiValueAnswer>
              <TTL>%d</TTL>
              <ResourceRecords><ResourceRecord><Value>"%s"</Value></ResourceRecord></ResourceRecords>
            </ResourceRecordSet>
          </Change></Changes></ChangeBatch>
        </ChangeResourceRecordSetsRequest>
        """
            .formatted(action, record.name(), record.value(), TTL_SECONDS, record.value());
    call("POST", VERSION + "hostedzone/" + zone(record) + "/rrset", "", body);
  }

  private String zone(TextRecord record)
      throws SolverException, RefusedException, InterruptedException {
    if (!zoneId.isEmpty()) {
      return encoded(zoneId);
    }
    Document answer =
        call(
            "GET",
            VERSION + "hostedzonesbyname",
            "dnsname=" + encoded(TextRecord.bare(record.zone())),
            "");
    NodeList zones = answer.getElementsByTagName("HostedZone");
    for (int i = 0; i < zones.getLength(); i++) {
      if (zones.item(i) instanceof Element zone
          && text(zone, "Name").equalsIgnoreCase(record.zone())
          && !text(zone, "PrivateZone").equals("true")) {
        String id = text(zone, "Id");
        return encoded(id.startsWith(ZONE_PREFIX) ? id.substring(ZONE_PREFIX.length()) : id);
      }
    }
    throw new SolverException("route53 has no public zone %s".formatted(record.zone()));
  }

  private static String text(Element parent, String name) {
    NodeList found = parent.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private Document call(String method, String path, String query, String body)
      throws SolverException, RefusedException, InterruptedException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String time = AwsSignature.time(clock.instant());
    String host = api.getPort() == -1 ? api.getHost() : api.getHost() + ":" + api.getPort();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(api + path + (query.isEmpty() ? "" : "?" + query)))
            .timeout(TIMEOUT)
            .header("content-type", "application/xml")
            .header("x-amz-date", time)
            .header(
                "authorization", signature.authorization(method, host, path, query, time, bytes))
            .method(method, BodyPublishers.ofByteArray(bytes))
            .build();
    HttpResponse<byte[]> response;
    Document answer;
    try {
      response = http.send(request);
      answer = parse(response.body());
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new SolverException("route53 cannot be asked: " + e.getMessage(), e);
    }
    if (response.statusCode() != 200) {
      Element root = answer.getDocumentElement();
      throw new RefusedException(
          "route53 answers %d to %s %s: %s %s"
              .formatted(
                  response.statusCode(),
                  method,
                  path,
                  text(root, "Code").isEmpty() ? root.getTagName() : text(root, "Code"),
                  text(root, "Message")));
    }
    return answer;
  }

  private static Document parse(byte[] xml)
      throws IOException, SAXException, ParserConfigurationException {
    var factory = DocumentBuilderFactory.newInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    var builder = factory.newDocumentBuilder();
    builder.setErrorHandler(null); // it would write to the console
    return builder.parse(new ByteArrayInputStream(xml));
  }
}
