package io.croft.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.bouncycastle.crypto.hpke.HPKE;
import org.junit.jupiter.api.Test;

class RecipientTest {
  private static final byte[] SECRET = "the keys".getBytes(StandardCharsets.UTF_8);
  private static final byte[] CONTEXT = "host a".getBytes(StandardCharsets.UTF_8);

  private final Recipient recipient = Recipient.generate();

  private byte[] sealed() throws PkiException {
    return Recipient.seal(SECRET, recipient.publicKey(), CONTEXT);
  }

  @Test
  void onlyTheRecipientOpensAndOnlyInTheSameContext() throws Exception {
    assertThat(recipient.open(sealed(), CONTEXT)).isEqualTo(SECRET);
    assertThat(sealed()).isNotEqualTo(sealed());
    assertThatThrownBy(() -> Recipient.generate().open(sealed(), CONTEXT))
        .isInstanceOf(PkiException.class);
    assertThatThrownBy(() -> recipient.open(sealed(), SECRET)).isInstanceOf(PkiException.class);
  }

  @Test
  void whatWasChangedOrCutOffIsNotOpened() throws Exception {
    byte[] sealed = sealed();
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 1;
      byte[] cut = Arrays.copyOf(sealed, i);
      assertThatThrownBy(() -> recipient.open(changed, CONTEXT)).isInstanceOf(PkiException.class);
      assertThatThrownBy(() -> recipient.open(cut, CONTEXT)).isInstanceOf(PkiException.class);
    }
  }

  @Test
  void whatIsNoPublicKeyIsRefused() {
    for (byte[] key : new byte[][] {{}, new byte[31], new byte[32], new byte[33]}) {
      assertThatThrownBy(() -> Recipient.seal(SECRET, key, CONTEXT))
          .isInstanceOf(PkiException.class);
    }
  }

  /// What others seal by RFC 9180 is opened: encapsulated key first, then the ciphertext.
  @Test
  void theFormIsThatOfTheStandard() throws Exception {
    var hpke =
        new HPKE(
            HPKE.mode_base, HPKE.kem_X25519_SHA256, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
    byte[][] theirs =
        hpke.seal(
            hpke.deserializePublicKey(recipient.publicKey()),
            CONTEXT,
            new byte[0],
            SECRET,
            null,
            null,
            null);
    byte[] sealed =
        HexFormat.of()
            .parseHex(HexFormat.of().formatHex(theirs[1]) + HexFormat.of().formatHex(theirs[0]));
    assertThat(recipient.open(sealed, CONTEXT)).isEqualTo(SECRET);
  }
}
