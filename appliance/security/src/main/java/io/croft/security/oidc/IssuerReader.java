package io.croft.security.oidc;

import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.Names;
import io.croft.pki.Pem;
import io.croft.pki.PkiException;
import io.croft.security.config.ConfigNode;
import io.croft.security.oidc.ClaimExpressions.Expression;
import io.croft.security.oidc.ClaimExpressions.ExpressionException;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads one entry of `jwt`, and notes what is wrong with it in kube-apiserver's words and order.
final class IssuerReader {
  static final Set<String> FIELDS =
      Set.of("issuer", "claimValidationRules", "claimMappings", "userValidationRules");
  static final Set<String> ISSUER_FIELDS =
      Set.of(
          "url",
          "discoveryURL",
          "certificateAuthority",
          "audiences",
          "audienceMatchPolicy",
          "egressSelectorType");

  private static final String EMAIL_UNVERIFIED =
      "claims.email_verified must be used in claimMappings.username.expression or"
          + " claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when"
          + " claims.email is used in claimMappings.username.expression";
  private static final Set<String> MAPPING = Set.of("claim", "prefix", "expression");
  private static final String BOTH = "claim and expression can't both be set";

  private final ConfigNode entry;
  private final FieldErrors errors;
  private final ClaimExpressions expressions;
  private final Set<String> disallowed;

  /// Whether an expression looks at `claims.email_verified`.
  private boolean looksAtVerification;

  IssuerReader(
      ConfigNode entry, FieldErrors errors, ClaimExpressions expressions, Set<String> disallowed) {
    this.entry = entry;
    this.errors = errors;
    this.expressions = expressions;
    this.disallowed = disallowed;
  }

  /// @return what makes sense only when there are no errors
  JwtIssuer read() {
    ConfigNode issuer = entry.child("issuer", ISSUER_FIELDS);
    String url = issuer.text("url");
    String discoveryUrl = issuer.text("discoveryURL");
    checkUrls(issuer, url, discoveryUrl);
    List<String> audiences = audiences(issuer);
    List<X509Certificate> authorities = authorities(issuer);
    if (issuer.has("egressSelectorType")) {
      errors.add(
          FieldError.invalid(
              issuer.at("egressSelectorType"),
              issuer.text("egressSelectorType"),
              "egress selectors are not supported here"));
    }
    var required = new ArrayList<JwtIssuer.RequiredClaim>();
    List<JwtIssuer.Rule> claimRules = claimRules(required);
    ConfigNode mappings =
        entry.child("claimMappings", Set.of("username", "groups", "uid", "extra"));
    ClaimMapping username = prefixed(mappings, "username", true);
    ClaimMapping groups = prefixed(mappings, "groups", false);
    ClaimMapping uid = uid(mappings);
    List<JwtIssuer.Extra> extra = extra(mappings);
    requireVerifiedEmail(mappings, username);
    return new JwtIssuer(
        url,
        discoveryUrl.isEmpty() ? defaultDiscoveryUrl(url) : discoveryUrl,
        authorities,
        audiences,
        username,
        groups,
        uid,
        extra,
        required,
        claimRules,
        userRules());
  }

  private static String defaultDiscoveryUrl(String url) {
    String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    return base + "/.well-known/openid-configuration";
  }

  private void checkUrls(ConfigNode issuer, String url, String discoveryUrl) {
    if (url.isEmpty()) {
      errors.add(FieldError.required(issuer.at("url"), ""));
    } else {
      if (disallowed.contains(url)) {
        errors.add(
            FieldError.invalid(
                issuer.at("url"),
                url,
                "URL must not overlap with disallowed issuers: "
                    + new TreeSet<>(disallowed).toString().replace(",", "")));
      }
      checkUrl(issuer.at("url"), url);
    }
    if (discoveryUrl.isEmpty()) {
      return;
    }
    if (!url.isEmpty() && withoutSlashes(url).equals(withoutSlashes(discoveryUrl))) {
      errors.add(
          FieldError.invalid(
              issuer.at("discoveryURL"), discoveryUrl, "discoveryURL must be different from URL"));
    }
    checkUrl(issuer.at("discoveryURL"), discoveryUrl);
  }

  private static String withoutSlashes(String url) {
    return url.replaceAll("/+$", "");
  }

  private void checkUrl(String path, String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      errors.add(FieldError.invalid(path, url, e.getReason()));
      return;
    }
    if (!"https".equals(uri.getScheme())) {
      errors.add(FieldError.invalid(path, url, "URL scheme must be https"));
    } else if (uri.getHost() == null) {
      errors.add(FieldError.invalid(path, url, "URL must have a host"));
    }
    if (uri.getRawUserInfo() != null) {
      errors.add(FieldError.invalid(path, url, "URL must not contain a username or password"));
    }
    if (uri.getRawQuery() != null && !uri.getRawQuery().isEmpty()) {
      errors.add(FieldError.invalid(path, url, "URL must not contain a query"));
    }
    if (uri.getRawFragment() != null && !uri.getRawFragment().isEmpty()) {
      errors.add(FieldError.invalid(path, url, "URL must not contain a fragment"));
    }
  }

  private List<String> audiences(ConfigNode issuer) {
    List<String> audiences = issuer.texts("audiences");
    String path = issuer.at("audiences");
    if (audiences.isEmpty()) {
      errors.add(FieldError.required(path, "at least one " + path + " is required"));
      return audiences;
    }
    var seen = new HashSet<String>();
    for (int i = 0; i < audiences.size(); i++) {
      String at = path + "[" + i + "]";
      if (audiences.get(i).isEmpty()) {
        errors.add(FieldError.required(at, ""));
      }
      if (!seen.add(audiences.get(i))) {
        errors.add(FieldError.duplicate(at, audiences.get(i)));
      }
    }
    String policy = issuer.text("audienceMatchPolicy");
    if (!policy.equals("MatchAny") && (audiences.size() > 1 || !policy.isEmpty())) {
      errors.add(
          FieldError.invalid(
              issuer.at("audienceMatchPolicy"),
              policy,
              audiences.size() > 1
                  ? "audienceMatchPolicy must be MatchAny for multiple audiences"
                  : "audienceMatchPolicy must be empty or MatchAny for single audience"));
    }
    return audiences;
  }

  private List<X509Certificate> authorities(ConfigNode issuer) {
    String pem = issuer.text("certificateAuthority");
    if (pem.isEmpty()) {
      return List.of();
    }
    String problem;
    try {
      List<X509Certificate> found = Pem.certificates(pem);
      if (!found.isEmpty()) {
        return found;
      }
      problem = "data does not contain any valid RSA or ECDSA certificates";
    } catch (PkiException e) {
      problem = String.valueOf(e.getMessage());
    }
    errors.add(FieldError.invalid(issuer.at("certificateAuthority"), "<omitted>", problem));
    return List.of();
  }

  private List<JwtIssuer.Rule> claimRules(List<JwtIssuer.RequiredClaim> required) {
    var rules = new ArrayList<JwtIssuer.Rule>();
    var claims = new HashSet<String>();
    var sources = new HashSet<String>();
    Set<String> known = Set.of("claim", "requiredValue", "expression", "message");
    for (ConfigNode rule : entry.children("claimValidationRules", known)) {
      String claim = rule.text("claim");
      String source = rule.text("expression");
      if (!claim.isEmpty() && !source.isEmpty()) {
        errors.add(FieldError.invalid(rule.path(), claim, BOTH));
      } else if (claim.isEmpty() && source.isEmpty()) {
        errors.add(FieldError.required(rule.path(), "claim or expression is required"));
      } else if (!claim.isEmpty()) {
        forbidBeside(rule, "message", "claim");
        if (!claims.add(claim)) {
          errors.add(FieldError.duplicate(rule.at("claim"), claim));
        }
        required.add(new JwtIssuer.RequiredClaim(claim, rule.text("requiredValue")));
      } else {
        forbidBeside(rule, "requiredValue", "expression");
        addRule(rules, rule, sources, false);
      }
    }
    return rules;
  }

  private List<JwtIssuer.Rule> userRules() {
    var rules = new ArrayList<JwtIssuer.Rule>();
    var sources = new HashSet<String>();
    for (ConfigNode rule : entry.children("userValidationRules", Set.of("expression", "message"))) {
      if (rule.text("expression").isEmpty()) {
        errors.add(FieldError.required(rule.at("expression"), ""));
      } else {
        addRule(rules, rule, sources, true);
      }
    }
    return rules;
  }

  private void forbidBeside(ConfigNode rule, String field, String other) {
    String value = rule.text(field);
    if (!value.isEmpty()) {
      errors.add(
          FieldError.invalid(
              rule.at(field), value, "may not be specified when " + other + " is set"));
    }
  }

  /// @param sources the expressions so far, for none may be there twice
  private void addRule(
      List<JwtIssuer.Rule> rules, ConfigNode rule, Set<String> sources, boolean ofUser) {
    String source = rule.text("expression");
    String path = rule.at("expression");
    if (!sources.add(source)) {
      errors.add(FieldError.duplicate(path, source));
      return;
    }
    Expression expression = compile(path, source, ofUser);
    if (expression == null) {
      return;
    }
    if (!expression.isBoolean()) {
      errors.add(FieldError.invalid(path, source, "must evaluate to bool"));
      return;
    }
    rules.add(new JwtIssuer.Rule(expression, rule.text("message")));
  }

  private @Nullable Expression compile(String path, String source, boolean ofUser) {
    try {
      Expression expression = ofUser ? expressions.ofUser(source) : expressions.ofClaims(source);
      looksAtVerification |= !ofUser && expression.selects("email_verified");
      return expression;
    } catch (ExpressionException e) {
      errors.add(FieldError.invalid(path, source, "compilation failed: " + e.getMessage()));
      return null;
    }
  }

  private ClaimMapping computed(String path, String source) {
    Expression expression = compile(path, source, false);
    return expression == null ? new ClaimMapping.None() : new ClaimMapping.Computed(expression);
  }

  private ClaimMapping prefixed(ConfigNode mappings, String field, boolean required) {
    ConfigNode mapping = mappings.child(field, MAPPING);
    String claim = mapping.text("claim");
    String source = mapping.text("expression");
    String prefix = mapping.textOrNull("prefix");
    if (!claim.isEmpty() && !source.isEmpty()) {
      errors.add(FieldError.invalid(mapping.path(), "", BOTH));
    } else if (!source.isEmpty()) {
      if (prefix != null) {
        errors.add(
            FieldError.invalid(
                mapping.at("prefix"), prefix, "may not be specified when expression is set"));
      }
      return computed(mapping.at("expression"), source);
    } else if (!claim.isEmpty()) {
      if (prefix == null) {
        errors.add(
            FieldError.required(
                mapping.at("prefix"),
                "prefix is required when claim is set. It can be set to an empty string to disable"
                    + " prefixing"));
      }
      return new ClaimMapping.Claim(claim, Objects.requireNonNullElse(prefix, ""));
    } else if (required) {
      errors.add(FieldError.required(mapping.path(), "claim or expression is required"));
    }
    return new ClaimMapping.None();
  }

  private ClaimMapping uid(ConfigNode mappings) {
    ConfigNode mapping = mappings.child("uid", Set.of("claim", "expression"));
    String claim = mapping.text("claim");
    String source = mapping.text("expression");
    if (!claim.isEmpty() && !source.isEmpty()) {
      errors.add(FieldError.invalid(mapping.path(), "", BOTH));
    } else if (!source.isEmpty()) {
      return computed(mapping.at("expression"), source);
    } else if (!claim.isEmpty()) {
      return new ClaimMapping.Claim(claim, "");
    }
    return new ClaimMapping.None();
  }

  private List<JwtIssuer.Extra> extra(ConfigNode mappings) {
    var extra = new ArrayList<JwtIssuer.Extra>();
    var keys = new HashSet<String>();
    for (ConfigNode mapping : mappings.children("extra", Set.of("key", "valueExpression"))) {
      String key = mapping.text("key");
      checkExtraKey(mapping.at("key"), key);
      if (!keys.add(key)) {
        errors.add(FieldError.duplicate(mapping.at("key"), key));
        continue;
      }
      String source = mapping.text("valueExpression");
      String path = mapping.at("valueExpression");
      if (source.isEmpty()) {
        errors.add(FieldError.required(path, ""));
        continue;
      }
      extra.add(new JwtIssuer.Extra(key, computed(path, source)));
    }
    return extra;
  }

  private void checkExtraKey(String path, String key) {
    if (key.isEmpty()) {
      errors.add(FieldError.required(path, ""));
      return;
    }
    int slash = key.indexOf('/');
    if (slash <= 0 || slash == key.length() - 1) {
      errors.add(
          FieldError.invalid(
              path, key, "must be a domain-prefixed path (such as \"acme.io/foo\")"));
      return;
    }
    String domain = key.substring(0, slash);
    Names.dns1123Subdomain(domain)
        .forEach(problem -> errors.add(FieldError.invalid(path, domain, problem)));
    if (!key.equals(key.toLowerCase(Locale.ROOT))) {
      errors.add(FieldError.invalid(path, key, "must be lowercase"));
    }
    for (String reserved : List.of("kubernetes.io", "k8s.io")) {
      if (domain.equals(reserved) || domain.endsWith("." + reserved)) {
        errors.add(
            FieldError.invalid(
                path,
                key,
                "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"));
      }
    }
  }

  /// An address that the issuer has not verified may be anybody's.
  private void requireVerifiedEmail(ConfigNode mappings, ClaimMapping username) {
    if (username instanceof ClaimMapping.Computed(Expression expression)
        && expression.selects("email")
        && !looksAtVerification) {
      ConfigNode mapping = mappings.child("username", MAPPING);
      errors.add(
          FieldError.invalid(
              mapping.at("expression"), mapping.text("expression"), EMAIL_UNVERIFIED));
    }
  }
}
