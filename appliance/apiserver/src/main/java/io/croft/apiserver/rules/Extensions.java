package io.croft.apiserver.rules;

import io.croft.apiserver.policy.MatchConditions;
import io.croft.model.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What extends the API server: webhooks, other servers; and requests for certificates.
public final class Extensions {
  private static final Set<String> OPERATIONS =
      Set.of("*", "CONNECT", "CREATE", "DELETE", "UPDATE");

  /// The versions of reviews that webhooks may be asked in.
  private static final List<String> REVIEWS = List.of("v1", "v1beta1");

  private Extensions() {}

  public static void webhooks(Field object) {
    Set<String> names = new HashSet<>();
    for (Field hook : object.at("webhooks").items()) {
      Field name = hook.at("name");
      if (name.need()) {
        fullyQualified(name);
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
      hook.at("rules").items().forEach(Extensions::rule);
      hook.at("failurePolicy").oneOf("Fail", "Ignore");
      hook.at("matchPolicy").oneOf("Equivalent", "Exact");
      hook.at("reinvocationPolicy").oneOf("IfNeeded", "Never");
      if (!List.of("None", "NoneOnDryRun").contains(hook.at("sideEffects").text())) {
        if (hook.at("sideEffects").present()) {
          hook.at("sideEffects").oneOf("None", "NoneOnDryRun");
        } else {
          hook.at("sideEffects").required("must specify one of None, NoneOnDryRun");
        }
      }
      Field timeout = hook.at("timeoutSeconds");
      if (timeout.present() && (timeout.number() < 1 || timeout.number() > 30)) {
        timeout.invalid("the timeout value must be between 1 and 30 seconds");
      }
      Field versions = hook.at("admissionReviewVersions");
      if (versions.empty()) {
        versions.required("must specify one of v1, v1beta1");
      } else if (versions.texts().stream().noneMatch(REVIEWS::contains)) {
        versions.invalid("must include at least one of v1, v1beta1");
      }
      Labels.selector(hook.at("namespaceSelector"));
      Labels.selector(hook.at("objectSelector"));
      client(hook.at("clientConfig"));
      conditions(hook.at("matchConditions"));
      expressions(hook.at("matchConditions"));
    }
  }

  /// A name of at least three labels, such as `pods.example.com`.
  private static void fullyQualified(Field name) {
    List<String> wrong = Names.dns1123Subdomain(name.text());
    wrong.forEach(name::invalid);
    if (wrong.isEmpty() && name.text().split("\\.").length < 3) {
      name.invalid("should be a domain with at least three segments separated by dots");
    }
  }

  static void rule(Field rule) {
    Field operations = rule.at("operations");
    if (operations.empty()) {
      operations.required("");
    }
    operations.items().forEach(o -> o.oneOf(OPERATIONS.stream().sorted().toList()));
    wildcard(operations, "if '*' is present, must not specify other operations");
    for (String part : List.of("apiGroups", "apiVersions", "resources")) {
      Field values = rule.at(part);
      if (values.empty()) {
        values.required("");
      }
      if (!part.equals("resources")) {
        wildcard(values, "if '*' is present, must not specify other " + words(part));
      }
    }
    rule.at("scope").oneOf("*", "Cluster", "Namespaced");
  }

  private static String words(String part) {
    return part.equals("apiGroups") ? "API groups" : "API versions";
  }

  private static void wildcard(Field values, String problem) {
    if (values.node().size() > 1 && values.texts().contains("*")) {
      values.invalid(problem);
    }
  }

  /// How a custom resource definition has its objects converted.
  public static void conversion(Field conversion) {
    Field webhook = conversion.at("webhook");
    conversion.at("strategy").needOneOf("None", "Webhook");
    if (!conversion.at("strategy").text().equals("Webhook")) {
      if (webhook.present()) {
        webhook.forbidden("should not be set when strategy is not set to Webhook");
      }
      return;
    }
    if (webhook.at("clientConfig").need("required when strategy is set to Webhook")) {
      client(webhook.at("clientConfig"));
    }
    Field versions = webhook.at("conversionReviewVersions");
    Set<String> seen = new HashSet<>();
    for (Field version : versions.items()) {
      if (!seen.add(version.text())) {
        version.invalid("duplicate version");
      }
      version.named(Names::dns1035Label);
    }
    if (versions.need() && versions.texts().stream().noneMatch(REVIEWS::contains)) {
      versions.invalid("must include at least one of v1, v1beta1");
    }
  }

  private static void client(Field config) {
    boolean url = config.at("url").present();
    boolean service = config.at("service").present();
    if (url == service) {
      config.required("exactly one of url or service is required");
    } else if (url) {
      if (!config.at("url").text().startsWith("https://")) {
        config.at("url").invalid("'https' is the only allowed URL scheme");
      }
    } else {
      service(config.at("service"));
    }
  }

  private static void service(Field service) {
    service.at("name").need("service name is required");
    service.at("namespace").need("service namespace is required");
    Field port = service.at("port");
    if (port.present() && (port.number() < 1 || port.number() > 65_535)) {
      port.invalid("port is not valid: must be between 1 and 65535, inclusive");
    }
  }

  static void conditions(Field conditions) {
    for (Field condition : conditions.items()) {
      if (condition.at("name").need()) {
        Field name = condition.at("name");
        Names.qualifiedName(name.text()).forEach(name::invalid);
      }
      condition.at("expression").need();
    }
    conditions.uniqueBy("name");
  }

  private static void expressions(Field conditions) {
    if (conditions.empty()) {
      return;
    }
    List<String> problems = MatchConditions.of(conditions.node()).problems();
    List<Field> items = conditions.items();
    for (int i = 0; i < problems.size(); i++) {
      if (!problems.get(i).isEmpty()) {
        items.get(i).at("expression").invalid(problems.get(i));
      }
    }
  }

  public static void apiService(Field object) {
    Field spec = object.at("spec");
    String group = spec.at("group").text();
    String version = spec.at("version").text();
    Field name = object.at("metadata", "name");
    String wanted = version + "." + group;
    if (!name.text().equals(wanted)) {
      name.invalid("must be `spec.version+\".\"+spec.group`: \"" + wanted + "\"");
    }
    spec.at("group").dnsSubdomain();
    if (spec.at("version").need()) {
      spec.at("version").named(Names::dns1035Label);
    }
    range(spec.at("groupPriorityMinimum"), 20_000);
    range(spec.at("versionPriority"), 1000);
    if (!spec.at("service").present()) {
      if (!spec.at("caBundle").empty()) {
        spec.at("caBundle").invalid("<omitted>", "local APIServices may not have a caBundle");
      }
      if (spec.at("insecureSkipTLSVerify").flag()) {
        spec.at("insecureSkipTLSVerify")
            .invalid("local APIServices may not have insecureSkipTLSVerify");
      }
      return;
    }
    service(spec.at("service"));
    if (spec.at("insecureSkipTLSVerify").flag() && !spec.at("caBundle").empty()) {
      spec.at("insecureSkipTLSVerify").invalid("may not be true if caBundle is present");
    }
  }

  private static void range(Field number, int most) {
    if (number.number() <= 0 || number.number() > most) {
      number.invalid(number.number(), "must be positive and less than " + most);
    }
  }

  public static void certificateRequest(Field object) {
    Field spec = object.at("spec");
    spec.at("request").need();
    Field usages = spec.at("usages");
    if (usages.empty()) {
      usages.required("usages must be provided");
    }
    usages.items().forEach(usage -> usage.oneOf(USAGES));
    usages.unique(Field::text, u -> u);
    Field signer = spec.at("signerName");
    if (signer.need()) {
      signer(signer);
    }
    Field seconds = spec.at("expirationSeconds");
    if (seconds.present() && seconds.number() < 600) {
      seconds.invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }
  }

  private static void signer(Field signer) {
    String[] parts = signer.text().split("/", -1);
    if (parts.length != 2) {
      signer.invalid(
          "must be a fully qualified domain and path of the form 'example.com/signer-name'");
      return;
    }
    Names.dns1123Subdomain(parts[0]).forEach(signer::invalid);
    if (parts[0].split("\\.").length < 2) {
      signer.invalid("should be a domain with at least two segments separated by dots");
    }
    Names.dns1123Subdomain(parts[1]).forEach(signer::invalid);
    if (signer.text().equals("kubernetes.io/legacy-unknown")) {
      signer.invalid("the legacy signerName is not allowed via this API version");
    }
  }

  private static final List<String> USAGES =
      List.of(
          "any",
          "cert sign",
          "client auth",
          "code signing",
          "content commitment",
          "crl sign",
          "data encipherment",
          "decipher only",
          "digital signature",
          "email protection",
          "encipher only",
          "ipsec end system",
          "ipsec tunnel",
          "ipsec user",
          "key agreement",
          "key encipherment",
          "microsoft sgc",
          "netscape sgc",
          "ocsp signing",
          "s/mime",
          "server auth",
          "signing",
          "timestamping");

  /// What was asked for stays; who decides sets conditions, which stay once they are set.
  public static void certificateRequestUpdate(Field object, Field old) {
    object.at("spec").unchanged(old.at("spec"));
    Field conditions = object.at("status", "conditions");
    List<String> types = conditions.items().stream().map(c -> c.at("type").text()).toList();
    for (Field before : old.at("status", "conditions").items()) {
      String type = before.at("type").text();
      if (List.of("Approved", "Denied", "Failed").contains(type) && !types.contains(type)) {
        conditions.forbidden("updates may not remove a condition of type \"" + type + "\"");
      }
    }
    if (types.contains("Approved") && types.contains("Denied")) {
      conditions.invalid("Approved and Denied conditions are mutually exclusive");
    }
    for (Field condition : conditions.items()) {
      condition.at("type").need();
      if (List.of("Approved", "Denied").contains(condition.at("type").text())) {
        condition.at("status").oneOf("True");
      }
    }
    Field certificate = object.at("status", "certificate");
    if (!old.at("status", "certificate").empty()) {
      certificate.unchanged(old.at("status", "certificate"), "may not be modified once set");
    }
  }

  public static void flowSchema(Field object) {
    Field spec = object.at("spec");
    spec.at("priorityLevelConfiguration", "name").need();
    spec.at("matchingPrecedence").within(1, 10_000);
    spec.at("distinguisherMethod", "type").oneOf("ByNamespace", "ByUser");
  }

  public static void priorityLevel(Field object) {
    Field spec = object.at("spec");
    spec.at("type").needOneOf("Exempt", "Limited");
    if (spec.at("type").text().equals("Limited") && !spec.at("limited").present()) {
      spec.at("limited").required("must not be empty when type is Limited");
    }
  }
}
