package io.croft.apiserver.rest;

import io.croft.apiserver.registry.Caller;
import io.croft.apiserver.registry.WriteOptions;
import io.croft.apiserver.resource.ResourceType;
import io.croft.base.http.HttpRequest;
import io.croft.base.http.HttpResponse;
import io.croft.model.ApiObject;
import io.croft.security.RequestContext;
import io.croft.security.RequestInfo;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One request on its way: what it is about and in which form it is answered.
///
/// @param warnings added to while it is worked on; told with the answer
record Call(
    ResourceType type,
    HttpRequest request,
    RequestContext context,
    Rendering rendering,
    List<String> warnings) {
  static Call of(
      ResourceType type, HttpRequest request, RequestContext context, InstantSource clock) {
    return new Call(type, request, context, new Rendering(type, request, clock), new ArrayList<>());
  }

  RequestInfo info() {
    return context.info();
  }

  WriteOptions writeOptions() {
    String verb = info().verb();
    String kind = verb.substring(0, 1).toUpperCase(Locale.ROOT) + verb.substring(1) + "Options";
    String userAgent = request.headers().first("user-agent").orElse("");
    return Options.write(kind, request.query(), caller(), userAgent);
  }

  Caller caller() {
    return new Caller(context.user(), warnings::add, context.annotations());
  }

  HttpResponse answer(int status, ApiObject object) {
    return Responses.json(status, rendering.object(object.json()), warnings);
  }
}
