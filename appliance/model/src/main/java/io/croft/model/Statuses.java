package io.croft.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The failures that a client can be told about, with kube-apiserver's wording, so that clients
/// which look at messages (kubectl does) find what they know. Each factory returns the exception;
/// the caller throws it. `group` is empty for core, `resource` is the plural name. Messages are cut
/// at 4096 characters.
public final class Statuses {
  private static final String MODIFIED =
      "the object has been modified; please apply your changes to the latest version and try again";

  private static final int MAX_MESSAGE_CHARS = 4096;

  /// Of a message, for all that is not field errors.
  private static final int MARGIN_CHARS = 1024;

  private static final int MAX_NAME_CHARS = 512;

  private Statuses() {}

  public static StatusException notFound(String group, String resource, String name) {
    String message = qualified(group, resource) + " " + Quoted.text(name) + " not found";
    return failure(StatusReason.NOT_FOUND, message, StatusDetails.of(group, resource, name));
  }

  /// A path that nothing is served at.
  public static StatusException noSuchResource() {
    return failure(
        StatusReason.NOT_FOUND,
        "the server could not find the requested resource",
        StatusDetails.of("", "", ""));
  }

  public static StatusException alreadyExists(String group, String resource, String name) {
    String message = qualified(group, resource) + " " + Quoted.text(name) + " already exists";
    return failure(StatusReason.ALREADY_EXISTS, message, StatusDetails.of(group, resource, name));
  }

  /// No free name was found for a `generateName`.
  public static StatusException generateNameConflict(String group, String resource, String name) {
    String message =
        qualified(group, resource)
            + " "
            + Quoted.text(name)
            + " already exists, the server was not able to generate a unique name for the object";
    return failure(
        StatusReason.ALREADY_EXISTS,
        message,
        StatusDetails.of(group, resource, name).withRetryAfter(1));
  }

  /// A write with a resource version that is no longer the current one.
  public static StatusException conflict(String group, String resource, String name) {
    return conflict(group, resource, name, MODIFIED);
  }

  public static StatusException conflict(
      String group, String resource, String name, String message) {
    String text =
        "Operation cannot be fulfilled on "
            + qualified(group, resource)
            + " "
            + Quoted.text(name)
            + ": "
            + message;
    return failure(StatusReason.CONFLICT, text, StatusDetails.of(group, resource, name));
  }

  /// Server-side apply met fields that others own; one cause per field, at most 100.
  public static StatusException applyConflict(List<StatusCause> causes, String message) {
    List<StatusCause> told = causes.stream().limit(FieldErrors.MAX).toList();
    return failure(StatusReason.CONFLICT, message, StatusDetails.of("", "", "").withCauses(told));
  }

  /// @param errors what is wrong, in the order in which to report it, of which the first 100 become
  ///   causes; repetitions are left out of the message, and so is what does not fit into it
  public static StatusException invalid(
      String group, String kind, String name, List<FieldError> errors) {
    String shortName = Shortened.text(name, MAX_NAME_CHARS);
    String subject = qualified(group, kind) + " " + Quoted.text(shortName) + " is invalid";
    List<FieldError> told = errors.stream().limit(FieldErrors.MAX).toList();
    List<String> messages = messages(told, errors.size() - told.size());
    String text =
        switch (messages.size()) {
          case 0 -> subject;
          case 1 -> subject + ": " + messages.getFirst();
          default -> subject + ": [" + String.join(", ", messages) + "]";
        };
    List<StatusCause> causes = told.stream().map(FieldError::toCause).toList();
    return failure(
        StatusReason.INVALID, text, StatusDetails.of(group, kind, shortName).withCauses(causes));
  }

  /// As many messages, each once, as a status may hold; the last says how many there are more.
  private static List<String> messages(List<FieldError> errors, int untold) {
    Set<String> distinct = new LinkedHashSet<>();
    errors.forEach(error -> distinct.add(error.message()));
    var messages = new ArrayList<String>();
    int chars = 0;
    for (String message : distinct) {
      chars += message.length();
      if (chars <= MAX_MESSAGE_CHARS - MARGIN_CHARS) {
        messages.add(message);
      }
    }
    int more = distinct.size() - messages.size() + untold;
    if (more > 0) {
      messages.add("and " + more + " more");
    }
    return messages;
  }

  public static StatusException invalid(
      GroupVersionKind gvk, String name, List<FieldError> errors) {
    return invalid(gvk.group(), gvk.kind(), name, errors);
  }

  /// A request that is well-formed but cannot be carried out, such as a patch whose path is absent.
  public static StatusException unprocessable(String message) {
    return failure(StatusReason.INVALID, message, null);
  }

  public static StatusException badRequest(String message) {
    return failure(StatusReason.BAD_REQUEST, message, null);
  }

  public static StatusException unauthorized() {
    return failure(StatusReason.UNAUTHORIZED, "Unauthorized", null);
  }

  /// @param resource empty for a path that is no resource
  /// @param name empty for a collection
  /// @param message who may not do what
  public static StatusException forbidden(
      String group, String resource, String name, String message) {
    String subject =
        resource.isEmpty()
            ? "forbidden: "
            : qualified(group, resource)
                + (name.isEmpty() ? "" : " " + Quoted.text(name))
                + " is forbidden: ";
    return failure(
        StatusReason.FORBIDDEN, subject + message, StatusDetails.of(group, resource, name));
  }

  /// @param action the verb that is not supported, for example `deletecollection`
  public static StatusException methodNotSupported(String group, String resource, String action) {
    String message =
        action
            + " is not supported on resources of kind "
            + Quoted.text(qualified(group, resource));
    return failure(StatusReason.METHOD_NOT_ALLOWED, message, StatusDetails.of(group, resource, ""));
  }

  /// A method that is not supported on a path that is no resource.
  public static StatusException methodNotAllowed() {
    return failure(
        StatusReason.METHOD_NOT_ALLOWED,
        "the server does not allow this method on the requested resource",
        StatusDetails.of("", "", ""));
  }

  public static StatusException gone(String message) {
    return failure(StatusReason.GONE, message, null);
  }

  /// A resource version or continue token that is no longer kept.
  public static StatusException expired(String message) {
    return failure(StatusReason.EXPIRED, message, null);
  }

  public static StatusException tooLarge(String message) {
    return failure(
        StatusReason.REQUEST_ENTITY_TOO_LARGE, "Request entity too large: " + message, null);
  }

  /// @param accepted the media types that a body may have
  public static StatusException unsupportedMediaType(List<String> accepted) {
    return failure(
        StatusReason.UNSUPPORTED_MEDIA_TYPE,
        "the body of the request was in an unknown format - accepted media types include: "
            + String.join(", ", accepted),
        null);
  }

  /// @param offered the media types that an answer can have
  public static StatusException notAcceptable(List<String> offered) {
    return failure(
        StatusReason.NOT_ACCEPTABLE,
        "only the following media types are accepted: " + String.join(", ", offered),
        null);
  }

  public static StatusException tooManyRequests(String message, int retryAfterSeconds) {
    return failure(
        StatusReason.TOO_MANY_REQUESTS,
        message,
        StatusDetails.of("", "", "").withRetryAfter(retryAfterSeconds));
  }

  /// @param message the cause; it must not hold secrets
  public static StatusException internal(String message) {
    var details =
        StatusDetails.of("", "", "").withCauses(List.of(new StatusCause("", message, "")));
    return failure(StatusReason.INTERNAL_ERROR, "Internal error occurred: " + message, details);
  }

  public static StatusException serviceUnavailable(String message) {
    return failure(StatusReason.SERVICE_UNAVAILABLE, message, null);
  }

  public static StatusException timeout(String message, int retryAfterSeconds) {
    return failure(
        StatusReason.TIMEOUT,
        "Timeout: " + message,
        StatusDetails.of("", "", "").withRetryAfter(retryAfterSeconds));
  }

  /// @param operation the verb that could not be completed
  public static StatusException serverTimeout(
      String group, String resource, String operation, int retryAfterSeconds) {
    String message =
        "The "
            + operation
            + " operation against "
            + qualified(group, resource)
            + " could not be completed at this time, please try again.";
    return failure(
        StatusReason.SERVER_TIMEOUT,
        message,
        StatusDetails.of(group, resource, operation).withRetryAfter(retryAfterSeconds));
  }

  private static String qualified(String group, String resource) {
    return group.isEmpty() ? resource : resource + "." + group;
  }

  private static StatusException failure(
      StatusReason reason, String message, @Nullable StatusDetails details) {
    String bounded = Shortened.text(message, MAX_MESSAGE_CHARS);
    return new StatusException(Status.failure(reason, bounded, details));
  }
}
