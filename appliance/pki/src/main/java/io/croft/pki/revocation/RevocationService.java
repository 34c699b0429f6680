package io.croft.pki.revocation;

import io.croft.base.http.Headers;
import io.croft.base.http.HttpHandler;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.pki.CertificateAuthority;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells everyone, without credentials, what is revoked:
///
/// | request | answer |
/// |---|---|
/// | `GET /pki/crl/GENERATION/AUTHORITY`, such as `/pki/crl/1/client-ca` | the list, in DER |
/// | `POST /pki/ocsp`, `GET /pki/ocsp/BASE64` | OCSP |
///
/// Which authorities there are is told by every certificate. Requests are bounded in size, and so
/// is how many are answered at a time, as each may cost a signature.
public final class RevocationService implements HttpHandler {
  public static final String PREFIX = "/pki/";

  private static final Logger LOG = LoggerFactory.getLogger(RevocationService.class);
  private static final String LISTS = PREFIX + "crl/";
  private static final String OCSP = PREFIX + "ocsp";
  private static final String OCSP_ANSWER = "application/ocsp-response";
  private static final int MAX_REQUEST_BYTES = 8 << 10;
  private static final int MAX_AT_A_TIME = 16;

  private final Supplier<List<CertificateAuthority>> issuers;
  private final RevocationLists lists;
  private final OcspResponder responder;
  private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

  /// @param issuers asked at each request
  public RevocationService(Supplier<List<CertificateAuthority>> issuers, InstantSource clock) {
    this.issuers = issuers;
    this.lists = new RevocationLists(clock);
    this.responder = new OcspResponder(clock);
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    try {
      return request.path().startsWith(LISTS) ? list(request) : ocsp(request);
    } catch (IOException | PkiException e) {
      LOG.atError().setCause(e).addKeyValue("path", request.path()).log("revocation is not told");
      return text(500, "the server's log says more");
    }
  }

  private HttpResponse list(HttpRequest request) throws IOException, PkiException {
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return text(405, "only GET");
    }
    String name = request.path().substring(LISTS.length());
    Optional<CertificateAuthority> authority =
        issuers.get().stream()
            .filter(a -> (a.generation() + "/" + a.purpose().text()).equals(name))
            .findFirst();
    return authority.isPresent()
        ? atATime(
            () -> HttpResponse.of(200, "application/pkix-crl", lists.list(name, authority.get())))
        : text(404, "no such authority");
  }

  private HttpResponse ocsp(HttpRequest request) throws IOException, PkiException {
    byte[] der;
    if (request.method().equals("POST") && request.path().equals(OCSP)) {
      try {
        der = request.body().readAll(MAX_REQUEST_BYTES);
      } catch (BodyTooLargeException e) {
        return text(413, "at most " + e.maxBytes() + " bytes");
      } catch (IOException e) {
        return text(400, "the request did not arrive");
      }
    } else if (request.method().equals("GET") && request.path().startsWith(OCSP + "/")) {
      der = decoded(request.path().substring(OCSP.length() + 1));
    } else {
      return text(404, "no such path");
    }
    byte[] asked = der;
    return OcspResponder.readable(asked)
        ? atATime(() -> answer(responder.answer(asked, issuers.get())))
        : answer(OcspResponder.refusal(OCSPRespBuilder.MALFORMED_REQUEST));
  }

  /// Caches must not keep what may be revoked meanwhile.
  private static HttpResponse answer(byte[] der) {
    return new HttpResponse.Complete(
        200, Headers.of("content-type", OCSP_ANSWER, "cache-control", "no-store"), der);
  }

  private interface Work {
    HttpResponse done() throws IOException, PkiException;
  }

  /// Signing is work, and anybody may ask for it. Nothing here waits for the client.
  private HttpResponse atATime(Work work) throws IOException, PkiException {
    if (!places.tryAcquire()) {
      return text(503, "too many requests, try again later");
    }
    try {
      return work.done();
    } finally {
      places.release();
    }
  }

  /// RFC 6960, appendix A.1: the URL encoding of the Base64 encoding.
  private static byte[] decoded(String path) {
    try {
      String base64 = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.US_ASCII);
      return base64.length() > MAX_REQUEST_BYTES ? new byte[0] : Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private static HttpResponse text(int status, String text) {
    return HttpResponse.of(
        status, "text/plain; charset=utf-8", (text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
