package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.base.CronSchedule;
import io.croft.certificates.api.CertificateSpec;
import io.croft.certificates.api.GoDuration;
import io.croft.certificates.api.Marks;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Names;
import io.croft.pki.PkiException;
import io.croft.pki.x509.KeyKind;
import io.croft.pki.x509.Subject;
import java.net.InetAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What a `Certificate` must be like.
final class CertificateRules {
  private static final Duration MIN_DURATION = Duration.ofHours(1);
  private static final Duration MIN_RENEW_BEFORE = Duration.ofMinutes(5);
  private static final int MAX_COMMON_NAME = 64;
  private static final Pattern EMAIL = Pattern.compile("[^@\\s<>]+@[^@\\s<>]+");
  private static final Pattern OID = Pattern.compile("[0-2](\\.(0|[1-9]\\d*))+");
  private static final Set<Integer> CURVES = Set.of(256, 384, 521);

  private final CertificateSpec spec;
  private final JsonNode json;
  private final FieldErrors errors;

  private CertificateRules(ApiObject certificate, FieldErrors errors) {
    this.spec = CertificateSpec.of(certificate);
    this.json = spec.json();
    this.errors = errors;
  }

  static void check(ApiObject certificate, FieldErrors errors) {
    var rules = new CertificateRules(certificate, errors);
    rules.checkSecretName();
    References.checkIssuer(rules.json.path("issuerRef"), "spec.issuerRef", errors);
    rules.checkNames();
    rules.checkTimes();
    rules.checkKey();
    rules.checkTemplate();
    rules.checkFormats();
    rules.checkConstraints();
    rules.checkRenewal();
  }

  private void checkSecretName() {
    String name = spec.secretName();
    if (name.isEmpty()) {
      errors.add(FieldError.required("spec.secretName", "must be specified"));
      return;
    }
    for (String problem : Names.dns1123Subdomain(name)) {
      errors.add(FieldError.invalid("spec.secretName", name, problem));
    }
  }

  private void checkNames() {
    String commonName = json.path("commonName").asText("");
    String literal = json.path("literalSubject").asText("");
    if (!literal.isEmpty()) {
      commonName = checkLiteral(literal, commonName);
    }
    if (commonName.length() > MAX_COMMON_NAME) {
      errors.add(FieldError.tooLong("spec.commonName", MAX_COMMON_NAME));
    }
    int names = commonName.isEmpty() ? 0 : 1;
    for (String kind : List.of("dnsNames", "ipAddresses", "uris", "emailAddresses", "otherNames")) {
      names += json.path(kind).size();
    }
    if (names == 0) {
      errors.add(
          FieldError.invalid(
              "spec",
              FieldError.OMITTED,
              "at least one of commonName (from the commonName field or from a literalSubject),"
                  + " dnsNames, uriSANs, ipAddresses, emailSANs or otherNames must be set"));
    }
    each("ipAddresses", CertificateRules::isAddress, "invalid IP address");
    each(
        "emailAddresses",
        e -> EMAIL.matcher(e).matches(),
        "is no bare address such as someone@example.com");
    each("dnsNames", CertificateRules::isAscii, "must consist of ASCII characters");
    each("uris", CertificateRules::isAscii, "must consist of ASCII characters");
    for (int i = 0; i < json.path("otherNames").size(); i++) {
      JsonNode other = json.path("otherNames").path(i);
      String field = "spec.otherNames[" + i + "]";
      String oid = other.path("oid").asText("");
      if (!OID.matcher(oid).matches()) {
        errors.add(FieldError.invalid(field + ".oid", oid, "invalid oid syntax"));
      }
      if (other.path("utf8Value").asText("").isEmpty()) {
        errors.add(
            FieldError.required(
                field + ".utf8Value", "must be set to a valid non-empty UTF8 string"));
      }
    }
  }

  /// @return the common name within
  private String checkLiteral(String literal, String commonName) {
    if (!commonName.isEmpty()) {
      errors.add(
          FieldError.invalid(
              "spec.commonName", commonName, "literalSubject and commonName cannot both be set"));
    }
    if (!json.path("subject").isEmpty()) {
      errors.add(
          FieldError.invalid(
              "spec.subject", FieldError.OMITTED, "literalSubject and subject cannot both be set"));
    }
    try {
      return Subject.literal(literal).commonName();
    } catch (PkiException e) {
      errors.add(
          FieldError.invalid("spec.literalSubject", literal, String.valueOf(e.getMessage())));
      return "";
    }
  }

  private interface Rule {
    boolean holds(String value);
  }

  private void each(String list, Rule rule, String problem) {
    JsonNode values = json.path(list);
    for (int i = 0; i < values.size() && !errors.isFull(); i++) {
      String value = values.path(i).asText("");
      if (!rule.holds(value)) {
        errors.add(FieldError.invalid("spec." + list + "[" + i + "]", value, problem));
      }
    }
  }

  private static boolean isAscii(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 127);
  }

  private static boolean isAddress(String text) {
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void checkTimes() {
    Optional<Duration> duration = duration("duration");
    if (duration.isPresent() && duration.get().compareTo(MIN_DURATION) < 0) {
      errors.add(
          FieldError.invalid(
              "spec.duration",
              text("duration"),
              "certificate duration must be greater than 1h0m0s"));
    }
    Duration life = duration.orElse(CertificateSpec.DEFAULT_DURATION);
    Optional<Duration> before = duration("renewBefore");
    boolean percentage = json.hasNonNull("renewBeforePercentage");
    if (before.isPresent() && percentage) {
      errors.add(
          FieldError.invalid(
              "spec.renewBefore",
              text("renewBefore"),
              "renewBefore and renewBeforePercentage are mutually exclusive and cannot both be"
                  + " set"));
    }
    if (before.isPresent()) {
      if (before.get().compareTo(MIN_RENEW_BEFORE) < 0) {
        errors.add(
            FieldError.invalid(
                "spec.renewBefore",
                text("renewBefore"),
                "certificate renewBefore must be greater than 5m0s"));
      } else if (before.get().compareTo(life) >= 0) {
        errors.add(
            FieldError.invalid(
                "spec.renewBefore",
                text("renewBefore"),
                "certificate duration %s must be greater than renewBefore %s"
                    .formatted(GoDuration.text(life), GoDuration.text(before.get()))));
      }
    }
    int percent = json.path("renewBeforePercentage").asInt(1);
    if (percentage && (percent < 1 || percent > 99)) {
      errors.add(
          FieldError.invalid(
              "spec.renewBeforePercentage", percent, "must be in the range (0,100)"));
    }
    if (json.hasNonNull("revisionHistoryLimit") && json.path("revisionHistoryLimit").asInt() < 1) {
      errors.add(
          FieldError.invalid(
              "spec.revisionHistoryLimit",
              json.path("revisionHistoryLimit").asInt(),
              "must not be less than 1"));
    }
  }

  private String text(String field) {
    return json.path(field).asText("");
  }

  private Optional<Duration> duration(String field) {
    if (!json.hasNonNull(field)) {
      return Optional.empty();
    }
    try {
      return Optional.of(GoDuration.parse(text(field)));
    } catch (IllegalArgumentException e) {
      errors.add(FieldError.invalid("spec." + field, text(field), String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private void checkKey() {
    int size = json.path("privateKey").path("size").asInt(0);
    KeyKind.Algorithm algorithm = spec.keyKind().algorithm();
    String field = "spec.privateKey.size";
    if (algorithm == KeyKind.Algorithm.RSA && size != 0 && (size < 2048 || size > 8192)) {
      errors.add(
          FieldError.invalid(field, size, "must be between 2048 and 8192 for rsa keyAlgorithm"));
    }
    if (algorithm == KeyKind.Algorithm.ECDSA && size != 0 && !CURVES.contains(size)) {
      errors.add(FieldError.notSupported(field, size, List.of("256", "384", "521")));
    }
    String signature = text("signatureAlgorithm");
    String fitting =
        switch (algorithm) {
          case RSA -> "WithRSA";
          case ECDSA -> "ECDSAWith";
          case ED25519 -> "PureEd25519";
        };
    if (!signature.isEmpty() && !signature.contains(fitting)) {
      errors.add(
          FieldError.invalid(
              "spec.signatureAlgorithm",
              signature,
              "does not fit the key algorithm " + algorithm.text()));
    }
  }

  private void checkTemplate() {
    for (var annotation : json.path("secretTemplate").path("annotations").properties()) {
      String name = annotation.getKey();
      if (name.startsWith(Marks.PREFIX) && !name.equals(Marks.DIRECT_INJECTION)) {
        errors.add(
            FieldError.invalid(
                "spec.secretTemplate.annotations",
                name,
                "cert-manager.io/* annotations are not allowed"));
      }
    }
  }

  private void checkFormats() {
    Set<String> seen = new HashSet<>();
    JsonNode formats = json.path("additionalOutputFormats");
    for (int i = 0; i < formats.size() && !errors.isFull(); i++) {
      String type = formats.path(i).path("type").asText("");
      if (!seen.add(type)) {
        errors.add(FieldError.duplicate("spec.additionalOutputFormats[" + i + "].type", type));
      }
    }
    for (String store : List.of("jks", "pkcs12")) {
      JsonNode config = json.path("keystores").path(store);
      if (config.path("create").asBoolean(false)) {
        checkPassword(config, "spec.keystores." + store);
      }
    }
  }

  private void checkPassword(JsonNode config, String field) {
    boolean literal = config.has("password");
    boolean reference = config.path("passwordSecretRef").hasNonNull("name");
    if (literal == reference) {
      errors.add(
          FieldError.forbidden(
              field, "exactly one of passwordSecretRef and password must be provided"));
    } else if (literal && config.path("password").asText("").isEmpty()) {
      errors.add(FieldError.invalid(field + ".password", FieldError.OMITTED, "must not be empty"));
    }
  }

  private void checkConstraints() {
    JsonNode constraints = json.path("nameConstraints");
    if (constraints.isMissingNode() || constraints.isNull()) {
      return;
    }
    if (!spec.authority()) {
      errors.add(
          FieldError.invalid(
              "spec.nameConstraints",
              FieldError.OMITTED,
              "isCa should be true when nameConstraints is set"));
    }
    if (constraints.path("permitted").isEmpty() && constraints.path("excluded").isEmpty()) {
      errors.add(
          FieldError.invalid(
              "spec.nameConstraints",
              FieldError.OMITTED,
              "either permitted or excluded must be set"));
    }
    for (String side : List.of("permitted", "excluded")) {
      JsonNode ranges = constraints.path(side).path("ipRanges");
      for (int i = 0; i < ranges.size() && !errors.isFull(); i++) {
        String range = ranges.path(i).asText("");
        if (!isRange(range)) {
          errors.add(
              FieldError.invalid(
                  "spec.nameConstraints." + side + ".ipRanges[" + i + "]",
                  range,
                  "is no range such as 10.0.0.0/8"));
        }
      }
    }
  }

  private static boolean isRange(String text) {
    int slash = text.indexOf('/');
    try {
      int bits = Integer.parseInt(text.substring(slash + 1));
      byte[] address = InetAddress.ofLiteral(text.substring(0, Math.max(0, slash))).getAddress();
      return bits >= 0 && bits <= address.length * 8;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void checkRenewal() {
    JsonNode renewal = json.path("renewal");
    var windows = new ArrayList<JsonNode>();
    renewal.path("windows").forEach(windows::add);
    if (renewal.path("policy").asText("").equals("Disabled") && !windows.isEmpty()) {
      errors.add(
          FieldError.forbidden("spec.renewal.windows", "must not be set when renewal is disabled"));
    }
    for (int i = 0; i < windows.size() && !errors.isFull(); i++) {
      checkWindow(windows.get(i), "spec.renewal.windows[" + i + "]");
    }
  }

  private void checkWindow(JsonNode window, String field) {
    if (CertificateSpec.duration(window.path("windowDuration"), Duration.ZERO).isZero()) {
      errors.add(
          FieldError.invalid(
              field + ".windowDuration",
              window.path("windowDuration").asText(""),
              "must be greater than 0"));
    }
    String zone = window.path("timezone").asText("");
    if (!zone.isEmpty() && !ZoneId.getAvailableZoneIds().contains(zone)) {
      errors.add(
          FieldError.invalid(
              field + ".timezone",
              zone,
              "is no name of the time zone database, such as Asia/Tokyo"));
    }
    String cron = window.path("cron").asText("");
    try {
      CronSchedule.parse(cron);
    } catch (IllegalArgumentException e) {
      errors.add(
          FieldError.invalid(field + ".cron", cron, "is no cron schedule: " + e.getMessage()));
    }
  }
}
