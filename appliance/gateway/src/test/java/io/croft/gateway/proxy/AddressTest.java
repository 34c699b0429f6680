package io.croft.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("S1")
class AddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b::6464:64c8",
        "2002:a9fe:a9fe::",
        "2002:a9fe:a9fe:1::2",
        "fd00:ec2::254",
        "fd00:0ec2:0:0:0:0:0:23",
        "fd20:ce::254",
        "fe80::a9fe:a9fe"
      })
  void knowsWhereCloudsHandOutCredentials(String address) {
    assertThat(Address.isMetadata(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.253.169.254",
        "100.100.100.201",
        "10.0.0.1",
        "127.0.0.1",
        "::1",
        "2001:db8::a9fe:a9fe",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::a9fe:a9fe",
        "fd00:ec3::254",
        "fd20:ce:0:1::254",
        "a9fe:a9fe::1"
      })
  void takesNoOthersForThem(String address) {
    assertThat(Address.isMetadata(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        "::",
        "0.0.0.0",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "fe80::1",
        "64:ff9b::169.254.1.1"
      })
  void knowsThisMachineInEveryForm(String address) {
    assertThat(Address.isLocal(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "2001:db8::1", "64:ff9b::192.0.2.1", "2002:c000:201::"})
  void othersAreElsewhere(String address) {
    assertThat(Address.isLocal(InetAddress.ofLiteral(address))).isFalse();
  }
}
