package io.croft.certificates.trust;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.certificates.api.Conditions;
import io.croft.certificates.api.Conditions.Condition;
import io.croft.certificates.api.Events;
import io.croft.certificates.api.Resources;
import io.croft.client.ApiClient;
import io.croft.client.Informer;
import io.croft.client.Reconciler;
import io.croft.client.Request;
import io.croft.client.Result;
import io.croft.model.ApiObject;
import io.croft.model.LabelSelector;
import io.croft.model.StatusException;
import io.croft.pki.PkiException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Brings the certificates of a `Bundle` into every namespace that it is for, and takes them out of
/// those that it is no longer for. As long as its sources cannot be read, what is there stays.
public final class BundleReconciler implements Reconciler {
  /// Selects the ConfigMaps that bundles are written to.
  public static final String TARGETS = BundleTarget.LABEL;

  private static final String SYNCED = "Synced";
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

  private final ApiClient client;
  private final ApiClient writer;
  private final BundleSources sources;
  private final Informer namespaces;
  private final Informer targets;
  private final Events events;
  private final InstantSource clock;

  /// @param trustNamespace where sources are
  /// @param namespaces all of them
  /// @param targets the metadata of ConfigMaps with the label [#TARGETS], all of it
  public BundleReconciler(
      ApiClient client,
      String trustNamespace,
      Informer namespaces,
      Informer targets,
      Events events,
      InstantSource clock) {
    this.client = client;
    this.writer = client.withFieldManager(BundleTarget.FIELD_MANAGER);
    this.sources = new BundleSources(client, trustNamespace);
    this.namespaces = namespaces;
    this.targets = targets;
    this.events = events;
    this.clock = clock;
  }

  /// The bundle that a ConfigMap was written for.
  public static List<Request> concernedBy(ApiObject target) {
    String bundle = target.labels().getOrDefault(BundleTarget.LABEL, "");
    return bundle.isEmpty() ? List.of() : List.of(new Request("", bundle));
  }

  /// What came of an attempt.
  ///
  /// @param defaultVersion see [BundleSources.Resolved#defaultVersion]
  private record Outcome(boolean synced, String reason, String message, String defaultVersion) {
    static Outcome failed(String reason, String message) {
      return new Outcome(false, reason, message, "");
    }
  }

  @Override
  public Result reconcile(Request key) {
    Optional<ApiObject> found = client.find(Resources.BUNDLES, "", key.name());
    if (found.isEmpty() || found.get().deletionTimestamp() != null) {
      return Result.DONE; // its ConfigMaps go with it
    }
    Outcome outcome = sync(found.get());
    tell(found.get(), outcome);
    return outcome.synced() ? Result.DONE : Result.after(LOOK_AGAIN);
  }

  private void tell(ApiObject before, Outcome outcome) {
    ApiObject bundle = before.copy();
    Conditions.set(
        bundle,
        SYNCED,
        outcome.synced(),
        outcome.reason(),
        outcome.message(),
        clock.instant(),
        true);
    if (outcome.synced()) {
      if (outcome.defaultVersion().isEmpty()) {
        Conditions.status(bundle).remove("defaultCAVersion");
      } else {
        Conditions.status(bundle).put("defaultCAVersion", outcome.defaultVersion());
      }
    }
    if (bundle.json().equals(before.json())) {
      return;
    }
    client.updateStatus(Resources.BUNDLES, bundle);
    String known = Conditions.find(before, SYNCED).map(Condition::message).orElse("");
    if (outcome.synced()) {
      events.normal(bundle, outcome.reason(), outcome.message());
    } else if (!known.equals(outcome.message())) {
      events.warning(bundle, outcome.reason(), outcome.message());
    }
  }

  private Outcome sync(ApiObject bundle) {
    JsonNode target = bundle.json().path("spec").path("target");
    if (target.has("secret")) {
      return Outcome.failed(
          "SecretTargetsDisabled", "Bundles are written to ConfigMaps only: remove target.secret");
    }
    LabelSelector selector;
    BundleSources.Resolved resolved;
    BundleTarget wanted;
    try {
      selector =
          target.has("namespaceSelector")
              ? LabelSelector.fromJson(target.path("namespaceSelector"))
              : LabelSelector.everything();
      resolved = sources.resolve(bundle);
      wanted = new BundleTarget(writer, bundle, resolved.certificates());
    } catch (IllegalArgumentException e) {
      return Outcome.failed(
          "NamespaceSelectorError", "target.namespaceSelector: " + e.getMessage());
    } catch (SourceException e) {
      return Outcome.failed(e.reason(), e.text());
    } catch (PkiException e) {
      return Outcome.failed("SourceBuildError", "Cannot be encoded: " + e.getMessage());
    }
    Set<String> meant = target.has("configMap") ? namespaces(selector) : Set.of();
    removeFromOthers(bundle, meant);
    return write(bundle, wanted, meant)
        .orElseGet(() ->
            new Outcome(
                true, SYNCED, "Successfully synced " + where(selector), resolved.defaultVersion()));
  }

  private static String where(LabelSelector selector) {
    return selector.isEmpty()
        ? "Bundle to all namespaces"
        : "Bundle to namespaces that match this label selector: " + selector;
  }

  private Set<String> namespaces(LabelSelector selector) {
    Set<String> names = new HashSet<>();
    for (ApiObject namespace : namespaces.list()) {
      if (namespace.deletionTimestamp() == null && selector.matches(namespace.labels())) {
        names.add(namespace.name());
      }
    }
    return names;
  }

  private void removeFromOthers(ApiObject bundle, Set<String> meant) {
    for (ApiObject target : targets.list()) {
      if (target.name().equals(bundle.name())
          && !meant.contains(target.namespace())
          && target.deletionTimestamp() == null
          && BundleTarget.controls(bundle, target)) {
        try {
          BundleTarget.remove(writer, bundle, target.namespace());
        } catch (StatusException e) {
          if (!Resources.notFound(e)) {
            throw e;
          }
        }
      }
    }
  }

  /// @return what went wrong; the other namespaces get theirs all the same
  private Optional<Outcome> write(ApiObject bundle, BundleTarget wanted, Set<String> meant) {
    Optional<Outcome> failure = Optional.empty();
    for (String namespace : meant) {
      if (targets.get(namespace, bundle.name()).filter(wanted::isIn).isPresent()) {
        continue;
      }
      try {
        wanted.write(namespace);
      } catch (StatusException e) {
        if (!Resources.notFound(e)) { // a namespace that is gone needs none
          failure =
              Optional.of(
                  Outcome.failed(
                      "SyncConfigMapTargetFailed",
                      "The ConfigMap \"%s\" in the namespace \"%s\" cannot be written: %s"
                          .formatted(bundle.name(), namespace, e.getMessage())));
        }
      }
    }
    return failure;
  }
}
