package io.croft.security.webhook;

import io.croft.base.Component;
import io.croft.security.Attributes;
import io.croft.security.Authorizer;
import io.croft.security.Decision;
import io.croft.security.GrantedRules;
import io.croft.security.UserInfo;
import io.croft.security.config.WatchedFile;
import io.croft.security.webhook.AuthorizationConfiguration.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// RBAC, and authorizers elsewhere before or after it, as an `AuthorizationConfiguration` has them:
/// the first that allows or denies decides. `system:masters` are allowed everything before any of
/// them is asked, so that nobody is locked out by one. Thread-safe.
public final class AuthorizerChain implements Component, Authorizer {
  private static final int MAX_BYTES = 1 << 20;

  private final WatchedFile file;
  private final Authorizer rbac;
  private final ReviewExpressions expressions;
  private final InstantSource clock;
  private volatile List<Authorizer> authorizers;

  public AuthorizerChain(
      Path file, Authorizer rbac, ReviewExpressions expressions, InstantSource clock) {
    this.file = new WatchedFile(file, MAX_BYTES, this::use);
    this.rbac = rbac;
    this.expressions = expressions;
    this.clock = clock;
    this.authorizers = List.of(rbac);
  }

  @Override
  public String name() {
    return "authorizers";
  }

  @Override
  public void init() throws IOException {
    file.open();
  }

  @Override
  public void start() {
    file.watch();
  }

  @Override
  public void stop() {
    file.close();
    close(authorizers);
  }

  /// Reads the file if it has changed.
  void reload() {
    file.look();
  }

  private void use(byte[] yaml)
      throws InvalidConfigurationException, IOException, GeneralSecurityException {
    var after = new ArrayList<Authorizer>();
    try {
      for (Optional<WebhookSettings> declared :
          AuthorizationConfiguration.read(yaml, expressions).authorizers()) {
        after.add(declared.isEmpty() ? rbac : webhook(declared.get()));
      }
    } catch (IOException | GeneralSecurityException e) {
      close(after);
      throw e;
    }
    List<Authorizer> before = authorizers;
    authorizers = List.copyOf(after);
    close(before);
  }

  private Authorizer webhook(WebhookSettings settings)
      throws IOException, GeneralSecurityException {
    var connection = new WebhookConnection(settings.kubeconfig(), settings.timeout());
    return new WebhookAuthorizer(settings, connection, clock);
  }

  private static void close(List<Authorizer> authorizers) {
    for (Authorizer authorizer : authorizers) {
      if (authorizer instanceof WebhookAuthorizer webhook) {
        webhook.close();
      }
    }
  }

  @Override
  public Decision authorize(Attributes attributes) {
    if (attributes.user().inGroup(UserInfo.MASTERS)) {
      return rbac.authorize(attributes);
    }
    var reasons = new ArrayList<String>();
    for (Authorizer authorizer : authorizers) {
      Decision decision = authorizer.authorize(attributes);
      if (decision.verdict() != Decision.Verdict.NO_OPINION) {
        return decision;
      }
      if (!decision.reason().isEmpty()) {
        reasons.add(decision.reason());
      }
    }
    return Decision.noOpinion(String.join("; ", reasons));
  }

  /// What RBAC grants; others may grant more, or less.
  @Override
  public GrantedRules rules(UserInfo user, String namespace) {
    GrantedRules granted = rbac.rules(user, namespace);
    return authorizers.size() == 1 ? granted : new GrantedRules(granted.rules(), true);
  }
}
