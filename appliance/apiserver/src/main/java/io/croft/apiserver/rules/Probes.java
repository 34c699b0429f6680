package io.croft.apiserver.rules;

import java.util.List;

/// Probes, and what is run at turns of a container's life.
final class Probes {
  private static final List<String> HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "grpc", "sleep");

  private Probes() {}

  /// @param once whether one success must be enough, as for liveness
  static void check(Field probe, boolean once) {
    if (!probe.present()) {
      return;
    }
    handler(probe);
    for (String seconds :
        List.of(
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold")) {
      probe.at(seconds).nonNegative();
    }
    Field grace = probe.at("terminationGracePeriodSeconds");
    if (grace.present() && grace.number() <= 0) {
      grace.invalid("must be greater than 0");
    }
    if (once && probe.at("successThreshold").number() > 1) {
      probe.at("successThreshold").invalid("must be 1");
    }
  }

  static void handler(Field handler) {
    List<Field> given =
        HANDLERS.stream().map(name -> handler.at(name)).filter(Field::present).toList();
    if (given.isEmpty()) {
      handler.required("must specify a handler type");
    }
    given.stream()
        .skip(1)
        .forEach(more -> more.forbidden("may not specify more than 1 handler type"));
    Field exec = handler.at("exec");
    if (exec.present()) {
      exec.at("command").need();
    }
    Field http = handler.at("httpGet");
    if (http.present()) {
      http.at("path").need();
      http.at("port").portOrName();
      http.at("scheme").oneOf("HTTP", "HTTPS");
      for (Field header : http.at("httpHeaders").items()) {
        if (!header.at("name").text().matches("[-A-Za-z0-9]+")) {
          header
              .at("name")
              .invalid(
                  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g."
                      + " 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
        }
      }
    }
    if (handler.at("tcpSocket").present()) {
      handler.at("tcpSocket", "port").portOrName();
    }
    if (handler.at("grpc").present()) {
      handler.at("grpc", "port").needPort();
    }
  }
}
