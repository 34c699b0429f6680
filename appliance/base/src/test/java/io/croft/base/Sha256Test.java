package io.croft.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {
  /// FIPS 180-4's example.
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void digestsBytes() {
    assertThat(Sha256.hex(bytes("abc"))).isEqualTo(ABC);
    assertThat(Sha256.of(bytes("abc"))).isEqualTo(HexFormat.of().parseHex(ABC));
  }

  @Test
  void eachIsFedByItself() {
    MessageDigest one = Sha256.begin();
    MessageDigest other = Sha256.begin();
    one.update(bytes("a"));
    other.update(bytes("x"));
    one.update(bytes("bc"));
    assertThat(HexFormat.of().formatHex(one.digest())).isEqualTo(ABC);
    assertThat(Sha256.hex(bytes("abc"))).isEqualTo(ABC);
  }

  @Test
  void digestsFilesOfManyPieces(@TempDir Path directory) throws Exception {
    byte[] content = new byte[200_001];
    new Random(1).nextBytes(content);
    Path file = Files.write(directory.resolve("file"), content);
    assertThat(Sha256.hex(file)).isEqualTo(Sha256.hex(content));
    assertThat(Sha256.hex(Files.writeString(file, "abc"))).isEqualTo(ABC);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
