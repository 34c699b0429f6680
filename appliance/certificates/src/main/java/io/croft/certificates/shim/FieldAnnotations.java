package io.croft.certificates.shim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.GoDuration;
import io.croft.certificates.api.Marks;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.pki.x509.Usage;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The annotations that set a field of the Certificate.
final class FieldAnnotations {
  private static final Map<String, String> SUBJECT_LISTS =
      Map.of(
          "subject-organizations", "organizations",
          "subject-organizationalunits", "organizationalUnits",
          "subject-countries", "countries",
          "subject-provinces", "provinces",
          "subject-localities", "localities",
          "subject-postalcodes", "postalCodes",
          "subject-streetaddresses", "streetAddresses");
  private static final Map<String, String> KEY_FIELDS =
      Map.of(
          "private-key-algorithm", "algorithm",
          "private-key-encoding", "encoding",
          "private-key-rotation-policy", "rotationPolicy");
  private static final Map<String, String> LISTS =
      Map.of("ip-sans", "ipAddresses", "email-sans", "emailAddresses");

  private FieldAnnotations() {}

  /// @throws IllegalArgumentException naming the annotation that makes no sense
  static void apply(Map<String, String> annotations, ObjectNode spec) {
    var own = new LinkedHashMap<String, String>();
    annotations.forEach((name, value) -> {
      if (name.startsWith(Marks.PREFIX) && !value.isBlank()) {
        own.put(name.substring(Marks.PREFIX.length()), value);
      }
    });
    for (var entry : own.entrySet()) {
      try {
        apply(entry.getKey(), entry.getValue(), spec);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "annotation " + Marks.PREFIX + entry.getKey() + ": " + e.getMessage(), e);
      }
    }
  }

  private static void apply(String name, String value, ObjectNode spec) {
    switch (name) {
      case "common-name" -> spec.put("commonName", value);
      case "alt-names" -> add(spec.withArray("dnsNames"), value);
      case "subject-serialnumber" -> spec.withObject("/subject").put("serialNumber", value);
      case "duration" -> spec.put("duration", duration(value));
      case "renew-before" -> spec.put("renewBefore", duration(value));
      case "renew-before-percentage" -> spec.put("renewBeforePercentage", number(value));
      case "revision-history-limit" -> spec.put("revisionHistoryLimit", number(value));
      case "private-key-size" -> spec.withObject("/privateKey").put("size", number(value));
      case "usages" -> usages(spec, value);
      case "secret-template" -> spec.set("secretTemplate", template(value));
      default -> {
        String subject = SUBJECT_LISTS.get(name);
        String key = KEY_FIELDS.get(name);
        String list = LISTS.get(name);
        if (subject != null) {
          add(spec.withObject("/subject").withArray(subject), value);
        } else if (key != null) {
          spec.withObject("/privateKey").put(key, value);
        } else if (list != null) {
          add(spec.withArray(list), value);
        }
      }
    }
  }

  private static String duration(String value) {
    return GoDuration.text(GoDuration.parse(value));
  }

  private static int number(String value) {
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("is no number: \"" + value + "\"", e);
    }
  }

  private static void usages(ObjectNode spec, String value) {
    ArrayNode usages = spec.putArray("usages");
    for (String usage : value.split(",", -1)) {
      String name = usage.strip();
      if (Usage.named(name).isEmpty()) {
        throw new IllegalArgumentException("there is no usage \"" + name + "\"");
      }
      usages.add(name);
    }
  }

  /// Adds what a comma-separated text has and the list has not.
  private static void add(ArrayNode list, String value) {
    for (String raw : value.split(",", -1)) {
      String item = raw.strip();
      boolean there = item.isEmpty();
      for (JsonNode present : list) {
        there |= present.asText().equals(item);
      }
      if (!there) {
        list.add(item);
      }
    }
  }

  private static ObjectNode template(String value) {
    JsonNode json;
    try {
      json = Json.parse(value.getBytes(StandardCharsets.UTF_8));
    } catch (MalformedJsonException e) {
      throw new IllegalArgumentException("is not JSON", e);
    }
    if (!(json instanceof ObjectNode template)) {
      throw new IllegalArgumentException("is no JSON object");
    }
    for (var field : template.properties()) {
      if (!Set.of("labels", "annotations").contains(field.getKey())) {
        throw new IllegalArgumentException("unknown field \"" + field.getKey() + "\"");
      }
      for (var entry : field.getValue().properties()) {
        if (field.getKey().equals("annotations") && entry.getKey().startsWith(Marks.PREFIX)) {
          throw new IllegalArgumentException("cert-manager.io/* annotations are not allowed");
        }
      }
    }
    return template;
  }
}
