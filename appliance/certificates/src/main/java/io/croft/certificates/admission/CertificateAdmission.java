package io.croft.certificates.admission;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.certificates.api.IssuerKinds;
import io.croft.certificates.api.Resources;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.GroupVersionResource;
import io.croft.model.Status;
import io.croft.model.StatusException;
import io.croft.model.StatusReason;
import io.croft.security.Authorizer;
import io.croft.security.UserInfo;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Judges what is written of cert-manager's kinds, in the name of upstream's webhook, which clients
/// look for in refusals. Knows nothing of the API server: whoever runs that asks it.
public final class CertificateAdmission {
  private static final String WEBHOOK = "webhook.cert-manager.io";

  private final Approvals approvals;

  /// @param authorizer says who may approve for which issuer
  /// @param kinds which issuers there may be
  public CertificateAdmission(Authorizer authorizer, IssuerKinds kinds) {
    this.approvals = new Approvals(authorizer, kinds);
  }

  /// A creation or a change.
  ///
  /// @param subresource empty for the object itself
  /// @param old null for a creation
  public record Write(
      GroupVersionResource resource,
      String subresource,
      ApiObject object,
      @Nullable ApiObject old,
      UserInfo user) {}

  /// Whether objects of a resource are judged here.
  public static boolean concerns(GroupVersionResource resource) {
    return resource.group().equals(Resources.GROUP)
        || resource.group().equals(Resources.ACME_GROUP);
  }

  /// Writes into a request who makes it.
  ///
  /// @return whether the object has been changed
  public boolean mutate(Write write) {
    boolean creation = write.old() == null && write.subresource().isEmpty();
    if (!creation
        || !write.resource().equals(Resources.REQUESTS)
        || !(write.object().json().get("spec") instanceof ObjectNode spec)) {
      return false;
    }
    ObjectNode before = spec.deepCopy();
    UserInfo user = write.user();
    spec.put("username", user.name());
    spec.remove(List.of("uid", "groups", "extra"));
    if (!user.uid().isEmpty()) {
      spec.put("uid", user.uid());
    }
    if (!user.groups().isEmpty()) {
      user.groups().forEach(spec.putArray("groups")::add);
    }
    if (!user.extra().isEmpty()) {
      ObjectNode extra = spec.putObject("extra");
      user.extra()
          .forEach((key, values) -> {
            ArrayNode list = extra.putArray(key);
            values.forEach(list::add);
          });
    }
    return !spec.equals(before);
  }

  /// @throws StatusException to refuse
  public void validate(Write write) {
    var errors = new FieldErrors();
    ApiObject object = write.object();
    ApiObject old = write.old();
    if (write.resource().equals(Resources.REQUESTS)) {
      RequestRules.check(write, errors);
      approvals.check(write, errors);
    } else if (write.subresource().isEmpty() && object.deletionTimestamp() == null) {
      if (write.resource().equals(Resources.CERTIFICATES)) {
        CertificateRules.check(object, errors);
      } else if (write.resource().equals(Resources.ISSUERS)
          || write.resource().equals(Resources.CLUSTER_ISSUERS)) {
        IssuerRules.check(object, errors);
      } else if (old != null && !object.json().path("spec").equals(old.json().path("spec"))) {
        errors.add(FieldError.forbidden("spec", "the spec of orders and challenges is immutable"));
      }
    }
    if (!errors.isEmpty()) {
      throw denied(errors);
    }
  }

  private static StatusException denied(FieldErrors errors) {
    String what = errors.list().stream().map(FieldError::message).collect(Collectors.joining(", "));
    String shown = errors.list().size() == 1 ? what : "[" + what + "]";
    String message = "admission webhook \"%s\" denied the request: %s".formatted(WEBHOOK, shown);
    return new StatusException(Status.failure(StatusReason.FORBIDDEN, message, null));
  }
}
