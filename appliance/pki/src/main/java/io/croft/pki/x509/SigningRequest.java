package io.croft.pki.x509;

import io.croft.pki.PkiException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.HashSet;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/// A certificate signing request (PKCS#10) with everything that it asks for; its signature has been
/// verified. Immutable.
public final class SigningRequest {
  private static final String LABEL = "CERTIFICATE REQUEST";

  /// More extensions or names than this are nobody's honest wish.
  private static final int MAX_BYTES = 256 << 10;

  private final JcaPKCS10CertificationRequest request;
  private final PublicKey publicKey;
  private final AlternativeNames names;
  private final Set<Usage> usages;

  private SigningRequest(JcaPKCS10CertificationRequest request)
      throws GeneralSecurityException, IOException {
    this.request = request;
    this.publicKey = request.getPublicKey();
    Extensions asked = extensions();
    GeneralNames general =
        asked == null ? null : GeneralNames.fromExtensions(asked, Extension.subjectAlternativeName);
    this.names = general == null ? AlternativeNames.NONE : AlternativeNames.of(general);
    this.usages =
        asked == null
            ? Set.of()
            : Usage.of(KeyUsage.fromExtensions(asked), ExtendedKeyUsage.fromExtensions(asked));
  }

  /// What to ask for.
  ///
  /// @param usages empty to leave the choice to the issuer
  /// @param nameConstraints null for none
  /// @param signatureAlgorithm in the JDK's words; empty for the usual one of the key
  public record Wish(
      Subject subject,
      AlternativeNames names,
      Set<Usage> usages,
      @Nullable NameConstraintSet nameConstraints,
      String signatureAlgorithm) {
    public Wish {
      usages = Set.copyOf(usages);
    }
  }

  /// Asks for a certificate of a key.
  ///
  /// @throws PkiException when the key cannot sign so, or what is asked for cannot be written
  public static SigningRequest create(KeyPair pair, Wish wish) throws PkiException {
    try {
      var builder =
          new JcaPKCS10CertificationRequestBuilder(wish.subject().name(), pair.getPublic());
      Extensions extensions = extensions(wish);
      if (extensions.getExtensionOIDs().length > 0) {
        builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions);
      }
      String algorithm =
          wish.signatureAlgorithm().isEmpty()
              ? Signatures.algorithm(pair.getPublic())
              : wish.signatureAlgorithm();
      var signer = new JcaContentSignerBuilder(algorithm).build(pair.getPrivate());
      return new SigningRequest(
          new JcaPKCS10CertificationRequest(builder.build(signer).getEncoded()));
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | IllegalArgumentException e) {
      throw new PkiException("cannot make a certificate request: " + e.getMessage(), e);
    }
  }

  private static Extensions extensions(Wish wish) throws IOException, PkiException {
    var extensions = new ExtensionsGenerator();
    if (!wish.names().isEmpty()) {
      extensions.addExtension(
          Extension.subjectAlternativeName,
          wish.subject().isEmpty(),
          wish.names().toGeneralNames());
    }
    KeyUsage bits = Usage.bits(wish.usages());
    if (bits != null) {
      extensions.addExtension(Extension.keyUsage, false, bits);
    }
    ExtendedKeyUsage purposes = Usage.purposes(wish.usages());
    if (purposes != null) {
      extensions.addExtension(Extension.extendedKeyUsage, false, purposes);
    }
    NameConstraintSet constraints = wish.nameConstraints();
    if (constraints != null) {
      extensions.addExtension(
          Extension.nameConstraints, constraints.critical(), constraints.toExtension());
    }
    return extensions.generate();
  }

  /// @throws PkiException when it cannot be read or is not signed by its own key
  public static SigningRequest parse(String pem) throws PkiException {
    if (pem.length() > MAX_BYTES) {
      throw new PkiException("a certificate request of more than " + MAX_BYTES + " bytes");
    }
    try (var reader = new PemReader(new StringReader(pem))) {
      PemObject block = reader.readPemObject();
      if (block == null || !block.getType().equals(LABEL)) {
        throw new PkiException("holds no PEM block \"" + LABEL + "\"");
      }
      return of(block.getContent());
    } catch (IOException e) {
      throw new PkiException("the certificate request cannot be read: " + e.getMessage(), e);
    }
  }

  private static SigningRequest of(byte[] der) throws PkiException {
    try {
      var request = new SigningRequest(new JcaPKCS10CertificationRequest(der));
      var verifier = new JcaContentVerifierProviderBuilder().build(request.publicKey);
      if (!request.request.isSignatureValid(verifier)) {
        throw new PkiException("the certificate request is not signed by its own key");
      }
      return request;
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | ClassCastException
        | IllegalArgumentException e) {
      throw new PkiException("the certificate request cannot be read: " + e.getMessage(), e);
    }
  }

  public String pem() {
    var text = new StringWriter();
    try (var writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(LABEL, request.getEncoded()));
    } catch (IOException e) {
      throw new IllegalStateException("a request without an encoding", e);
    }
    return text.toString();
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public Subject subject() {
    return Subject.of(request.getSubject());
  }

  public AlternativeNames names() {
    return names;
  }

  /// What it asks to use the key for; empty when it does not say.
  public Set<Usage> usages() {
    return Set.copyOf(usages);
  }

  /// Whether it says anything about usages and the like.
  public boolean hasExtensions() {
    return extensions() != null;
  }

  /// Whether it asks to be an authority.
  public boolean asksToBeAuthority() {
    Extensions asked = extensions();
    BasicConstraints constraints = asked == null ? null : BasicConstraints.fromExtensions(asked);
    return constraints != null && constraints.isCA();
  }

  /// Extensions that go into the certificate as they were asked for.
  Set<Extension> carriedOver() {
    var carried = new HashSet<Extension>();
    Extensions asked = extensions();
    if (asked != null) {
      for (var oid : Set.of(Extension.subjectAlternativeName, Extension.nameConstraints)) {
        Extension extension = asked.getExtension(oid);
        if (extension != null) {
          carried.add(extension);
        }
      }
    }
    return carried;
  }

  private @Nullable Extensions extensions() {
    return request.getRequestedExtensions();
  }
}
