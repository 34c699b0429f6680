package io.croft.fleet.agent;

import io.croft.fleet.proof.Transcript;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Asks a server that is not known yet for its root certificates, and takes the one of them that
/// the token names. Nothing is sent but the question, and nothing else of the answer is believed.
final class FirstContact {
  private FirstContact() {}

  /// @param fingerprint SHA-256 of the root certificate
  static X509Certificate root(URI server, String fingerprint)
      throws IOException, InterruptedException, JoinException {
    List<X509Certificate> shown;
    try (var calls = new JoinCalls(server, new Anybody())) {
      shown = Pem.certificates(calls.authorities());
    } catch (PkiException | GeneralSecurityException e) {
      throw new JoinException(server + " is no appliance: " + e.getMessage(), e);
    }
    for (X509Certificate root : shown) {
      if (fingerprint(root).equals(fingerprint)) {
        return root;
      }
    }
    throw new JoinException(
        ("%s is not the appliance that the token is for, or someone stands between: the token names"
                + " the authority %s, it shows %s. Nothing was sent to it")
            .formatted(server, shortened(fingerprint), shortened(fingerprint(shown.getFirst()))));
  }

  private static String shortened(String fingerprint) {
    return fingerprint.substring(0, 16) + "…";
  }

  static String fingerprint(X509Certificate certificate) {
    try {
      return Transcript.fingerprint(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  /// Lets the handshake pass, since what is asked for proves itself.
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
