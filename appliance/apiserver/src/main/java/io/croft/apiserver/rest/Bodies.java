package io.croft.apiserver.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.builtin.ProtobufReader;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.RequestBody.BodyTooLargeException;
import io.croft.model.Json;
import io.croft.model.MalformedJsonException;
import io.croft.model.MalformedYamlException;
import io.croft.model.Statuses;
import io.croft.model.Yaml;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/// Reads request bodies.
final class Bodies {
  /// The most bytes that a body may have: kube-apiserver's limit.
  static final int MAX_BYTES = 3 * 1024 * 1024;

  /// The most bytes of a question, which anybody with credentials may put.
  private static final int MAX_QUESTION_BYTES = 64 << 10;

  private static final Set<String> QUESTIONS =
      Set.of("authentication.k8s.io", "authorization.k8s.io");

  /// A body that takes long to decode, so that these must not take all processors.
  private static final int LARGE_BYTES = 100 << 10;

  private static final String YAML = "application/yaml";

  private final ProtobufReader protobuf;
  private final Semaphore large =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() - 1), true);

  Bodies(ProtobufReader protobuf) {
    this.protobuf = protobuf;
  }

  /// The media type of a request, without parameters; empty when it names none.
  static String mediaType(HttpRequest request) {
    return request
        .headers()
        .first("content-type")
        .map(type -> Representation.parts(type).getOrDefault("", ""))
        .orElse("");
  }

  /// The object that a request carries.
  ///
  /// @param definition what it should be, by the name of its definition; empty for a custom
  ///   resource
  /// @throws io.croft.model.StatusException 400, 413 or 415
  ObjectNode object(HttpRequest request, String definition) {
    return decode(mediaType(request), bytes(request), definition);
  }

  /// As `object`, but an empty object when there is no body.
  ObjectNode optional(HttpRequest request, String definition) {
    byte[] body = bytes(request);
    return body.length == 0 ? Json.object() : decode(mediaType(request), body, definition);
  }

  /// The most bytes that a body about resources of a group may have.
  static int mostBytes(String group) {
    return QUESTIONS.contains(group) ? MAX_QUESTION_BYTES : MAX_BYTES;
  }

  private ObjectNode decode(String mediaType, byte[] body, String definition) {
    if (body.length <= LARGE_BYTES) {
      return decodeNow(mediaType, body, definition);
    }
    large.acquireUninterruptibly();
    try {
      return decodeNow(mediaType, body, definition);
    } finally {
      large.release();
    }
  }

  private ObjectNode decodeNow(String mediaType, byte[] body, String definition) {
    boolean readable = mediaType.equals(ProtobufReader.MEDIA_TYPE) && protobuf.reads(definition);
    if (readable) {
      return protobuf.read(body, definition);
    }
    if (mediaType.isEmpty() || mediaType.equals("application/json")) {
      return parseObject(body);
    }
    if (mediaType.equals(YAML)) {
      return parseYaml(body);
    }
    throw Statuses.unsupportedMediaType(List.of("application/json", YAML));
  }

  private static ObjectNode parseYaml(byte[] body) {
    try {
      return Yaml.parse(body) instanceof ObjectNode object ? object : refuseNonObject();
    } catch (MalformedYamlException e) {
      throw Statuses.badRequest("the body of the request is not valid YAML: " + e.getMessage());
    }
  }

  static ObjectNode parseObject(byte[] body) {
    if (body.length == 0) {
      throw Statuses.badRequest("the request has no body; an object in JSON is expected");
    }
    return parse(body) instanceof ObjectNode object ? object : refuseNonObject();
  }

  private static ObjectNode refuseNonObject() {
    throw Statuses.badRequest("the body of the request must be an object");
  }

  static JsonNode parse(byte[] body) {
    try {
      return Json.parse(body);
    } catch (MalformedJsonException e) {
      throw Statuses.badRequest("the body of the request is not valid JSON: " + e.getMessage());
    }
  }

  static byte[] bytes(HttpRequest request) {
    return bytes(request, MAX_BYTES);
  }

  static byte[] bytes(HttpRequest request, int mostBytes) {
    try {
      return request.body().readAll(mostBytes);
    } catch (BodyTooLargeException e) {
      throw Statuses.tooLarge("limit is " + e.maxBytes());
    } catch (IOException e) {
      throw Statuses.badRequest("the body of the request did not arrive completely");
    }
  }
}
