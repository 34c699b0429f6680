package io.croft.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.apiserver.builtin.Definitions;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.model.StatusException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Kubernetes' protobuf encoding. kubectl's own bytes go through it in the smoke tests.
final class ProtobufTest {
  private static final String CONFIG_MAP = "io.k8s.api.core.v1.ConfigMap";
  private final ProtobufReader reader = new ProtobufReader(new Definitions());

  /// A message under construction.
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message piece(int number, byte[] bytes) {
      varint((number << 3) | 2);
      varint(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Message text(int number, String text) {
      return piece(number, text.getBytes(StandardCharsets.UTF_8));
    }

    Message number(int number, long value) {
      varint(number << 3);
      return varint(value);
    }

    private Message varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }

  private static byte[] envelope(String apiVersion, String kind, byte[] raw) {
    byte[] type = new Message().text(1, apiVersion).text(2, kind).bytes();
    byte[] unknown = new Message().piece(1, type).piece(2, raw).bytes();
    byte[] all = new byte[4 + unknown.length];
    System.arraycopy("k8s\0".getBytes(StandardCharsets.US_ASCII), 0, all, 0, 4);
    System.arraycopy(unknown, 0, all, 4, unknown.length);
    return all;
  }

  private static byte[] configMap() {
    byte[] metadata =
        new Message()
            .text(1, "a")
            .text(2, "")
            .number(7, 0)
            .piece(8, new byte[0])
            .piece(11, new Message().text(1, "app").text(2, "web").bytes())
            .text(14, "example.com/hold")
            .text(14, "")
            .bytes();
    byte[] raw =
        new Message()
            .piece(1, metadata)
            .piece(2, new Message().text(1, "k").text(2, "v").bytes())
            .piece(2, new Message().text(1, "l").text(2, "").bytes())
            .piece(3, new Message().text(1, "bin").piece(2, new byte[] {1, 2}).bytes())
            .number(4, 1)
            .number(99, 7)
            .bytes();
    return envelope("v1", "ConfigMap", raw);
  }

  @Test
  void readsWhatGoWrites() {
    assertThat(reader.read(configMap(), CONFIG_MAP).toString())
        .isEqualTo(
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\","
                + "\"labels\":{\"app\":\"web\"},\"finalizers\":[\"example.com/hold\",\"\"]},"
                + "\"data\":{\"k\":\"v\",\"l\":\"\"},\"binaryData\":{\"bin\":\"AQI=\"},"
                + "\"immutable\":true}");
  }

  @Test
  void readsTimes() {
    byte[] time = new Message().number(1, 1_700_000_000L).number(2, 123_456_000L).bytes();
    byte[] spec = new Message().text(1, "me").number(2, 15).piece(4, time).bytes();
    byte[] raw = new Message().piece(2, spec).bytes();
    var lease =
        reader.read(
            envelope("coordination.k8s.io/v1", "Lease", raw), "io.k8s.api.coordination.v1.Lease");
    assertThat(lease.path("spec").path("renewTime").asText())
        .isEqualTo("2023-11-14T22:13:20.123456Z");
    assertThat(lease.path("spec").path("leaseDurationSeconds").asInt()).isEqualTo(15);
  }

  @Test
  void readsDefinitionsOfCustomResources() {
    byte[] integer = new Message().text(5, "integer").number(10, 0).number(37, 0).bytes();
    byte[] one = new Message().piece(1, integer).bytes();
    byte[] several = new Message().piece(2, integer).piece(2, integer).bytes();
    byte[] allowed = new Message().number(1, 1).bytes();
    byte[] forbidden = new Message().number(1, 0).bytes();
    byte[] others = new Message().number(1, 0).piece(2, integer).bytes();
    byte[] schema =
        new Message()
            .text(5, "object")
            .piece(8, new Message().text(1, "{\"a\":1}").bytes())
            .piece(20, new Message().text(1, "\"x\"").bytes())
            .piece(24, one)
            .piece(
                29,
                new Message()
                    .text(1, "some")
                    .piece(2, new Message().piece(24, several).bytes())
                    .bytes())
            .piece(
                29,
                new Message()
                    .text(1, "any")
                    .piece(2, new Message().piece(30, allowed).bytes())
                    .bytes())
            .piece(30, others)
            .piece(33, forbidden)
            .number(38, 1)
            .piece(44, new Message().text(1, "self.a == 1").bytes())
            .bytes();
    byte[] version =
        new Message()
            .text(1, "v1")
            .number(2, 1)
            .number(3, 0)
            .number(7, 0)
            .piece(4, new Message().piece(1, schema).bytes())
            .piece(5, new Message().piece(1, new byte[0]).bytes())
            .bytes();
    byte[] spec =
        new Message()
            .text(1, "example.com")
            .piece(3, new Message().text(1, "gadgets").text(4, "Gadget").bytes())
            .text(4, "Namespaced")
            .piece(7, version)
            .number(10, 0)
            .bytes();
    byte[] newer = new Message().number(4, 0).bytes(); // what this version does not know
    byte[] raw =
        new Message()
            .piece(1, new Message().text(1, "g").bytes())
            .piece(2, spec)
            .piece(3, newer)
            .bytes();
    assertThat(
            reader
                .read(
                    envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", raw),
                    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
                        + ".CustomResourceDefinition")
                .path("spec")
                .toString())
        .isEqualTo(
            "{\"group\":\"example.com\",\"names\":{\"plural\":\"gadgets\",\"kind\":\"Gadget\"},"
                + "\"scope\":\"Namespaced\",\"versions\":[{\"name\":\"v1\",\"served\":true,"
                + "\"storage\":false,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\","
                + "\"default\":{\"a\":1},\"enum\":[\"x\"],\"items\":{\"type\":\"integer\"},"
                + "\"properties\":{\"some\":{\"items\":[{\"type\":\"integer\"},"
                + "{\"type\":\"integer\"}]},\"any\":{\"additionalProperties\":true}},"
                + "\"additionalProperties\":{\"type\":\"integer\"},\"additionalItems\":false,"
                + "\"x-kubernetes-preserve-unknown-fields\":true,"
                + "\"x-kubernetes-validations\":[{\"rule\":\"self.a == 1\"}]}},"
                + "\"subresources\":{\"status\":{}}}]}");
  }

  @Test
  void refusesDamagedBytesAndNeverFailsOtherwise() {
    assertThatThrownBy(() -> reader.read(new byte[] {1, 2, 3}, CONFIG_MAP))
        .isInstanceOf(StatusException.class);
    byte[] good = configMap();
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bad[4 + random.nextInt(bad.length - 4)] = (byte) random.nextInt(256);
      }
      try {
        reader.read(bad, CONFIG_MAP);
      } catch (StatusException e) {
        assertThat(e.status().code()).isEqualTo(400);
      }
    }
  }
}
