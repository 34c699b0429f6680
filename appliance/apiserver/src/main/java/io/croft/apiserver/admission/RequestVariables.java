package io.croft.apiserver.admission;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.cel.Values;
import io.croft.apiserver.cel.Variables;
import io.croft.apiserver.policy.AdmissionTypes;
import io.croft.apiserver.registry.AdmissionRequest;
import io.croft.apiserver.resource.ResourceType;
import io.croft.model.ApiObject;
import io.croft.model.StoredJson;
import io.croft.security.Authorizer;
import io.croft.security.RequestInfo;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What expressions about a request see of it. Each part is made when it is first looked at, and
/// once. Used by one thread.
public final class RequestVariables implements Variables {
  private final AdmissionRequest request;
  private final ResourceType as;
  private final @Nullable ApiObject namespace;
  private final Authorizer authorizer;
  private final Map<String, Object> known = new HashMap<>();

  private RequestVariables(
      AdmissionRequest request,
      ResourceType as,
      @Nullable ApiObject namespace,
      Authorizer authorizer) {
    this.request = request;
    this.as = as;
    this.namespace = namespace;
    this.authorizer = authorizer;
  }

  /// @param as the version of the resource that the request is judged in
  /// @param namespace of the object; null where there is none, or it is not asked for
  public static RequestVariables of(
      AdmissionRequest request,
      ResourceType as,
      @Nullable ApiObject namespace,
      Authorizer authorizer) {
    return new RequestVariables(request, as, namespace, authorizer);
  }

  /// As `of`, while the object is being changed.
  ///
  /// @param object as it is now, in the version `as`
  public static RequestVariables of(
      AdmissionRequest request,
      ResourceType as,
      @Nullable ApiObject namespace,
      Authorizer authorizer,
      ObjectNode object) {
    RequestVariables variables = of(request, as, namespace, authorizer);
    variables.known.put(AdmissionTypes.OBJECT, Values.of(StoredJson.whole(object)));
    return variables;
  }

  @Override
  public @Nullable Object find(String name) {
    Object value = known.get(name);
    if (value == null) {
      value = make(name);
      if (value != null) {
        known.put(name, value);
      }
    }
    return value;
  }

  private @Nullable Object make(String name) {
    return switch (name) {
      case AdmissionTypes.OBJECT -> object(request.object());
      case AdmissionTypes.OLD_OBJECT -> object(request.old());
      case AdmissionTypes.REQUEST ->
          Values.of(RequestDescription.of(request, as), AdmissionTypes.REQUEST_SCHEMA);
      case AdmissionTypes.NAMESPACE ->
          namespace == null
              ? Values.none()
              : Values.of(StoredJson.whole(namespace.json()), AdmissionTypes.NAMESPACE_SCHEMA);
      case AdmissionTypes.AUTHORIZER -> Values.authorizer(authorizer, request.user());
      case AdmissionTypes.REQUEST_RESOURCE ->
          Values.resourceCheck(authorizer, request.user(), about());
      default -> null;
    };
  }

  private Object object(@Nullable ApiObject object) {
    ObjectNode converted = RequestDescription.converted(object, request.type(), as);
    return converted == null ? Values.none() : Values.of(StoredJson.whole(converted));
  }

  private RequestInfo about() {
    ApiObject subject = request.subject();
    return new RequestInfo(
        true,
        "",
        as.gvr().group(),
        as.gvr().version(),
        subject.namespace(),
        as.gvr().resource(),
        request.subresource(),
        subject.name(),
        "");
  }
}
