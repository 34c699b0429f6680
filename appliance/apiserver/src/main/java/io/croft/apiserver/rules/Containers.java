package io.croft.apiserver.rules;

import io.croft.model.FieldError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The containers of a pod.
final class Containers {
  private static final long MAX_ID = Integer.MAX_VALUE;
  private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
  private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
  private static final List<String> RESIZABLE = List.of("cpu", "memory");
  private static final List<String> RESIZE_RESTARTS = List.of("NotRequired", "RestartContainer");
  private static final List<String> ENV_SOURCES =
      List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef");

  private final Set<String> volumes;
  private final boolean never;
  private final Set<String> names = new HashSet<>();

  /// @param volumes the names of the pod's volumes
  /// @param never whether the pod's containers are never started again
  Containers(Set<String> volumes, boolean never) {
    this.volumes = volumes;
    this.never = never;
  }

  void regular(Field containers) {
    if (containers.empty()) {
      containers.required("");
    }
    for (Field container : containers.items()) {
      common(container);
      runtime(container);
      container.at("restartPolicy").oneOf("Always", "OnFailure", "Never");
    }
  }

  void init(Field containers) {
    for (Field container : containers.items()) {
      common(container);
      Field restart = container.at("restartPolicy");
      restart.oneOf("Always", "OnFailure", "Never");
      if (restart.text().equals("Always")) {
        runtime(container);
      } else {
        for (String part :
            List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")) {
          container
              .at(part)
              .mustBeAbsent("may not be set for init containers without restartPolicy=Always");
        }
      }
    }
  }

  void ephemeral(Field containers) {
    for (Field container : containers.items()) {
      common(container);
      for (String part :
          List.of(
              "ports",
              "resources",
              "lifecycle",
              "livenessProbe",
              "readinessProbe",
              "startupProbe",
              "resizePolicy")) {
        if (!container.at(part).empty()) {
          container.at(part).forbidden("cannot be set for an Ephemeral Container");
        }
      }
      Field target = container.at("targetContainerName");
      if (!target.empty() && !names.contains(target.text())) {
        target.notFound();
      }
    }
  }

  private void common(Field container) {
    Field name = container.at("name");
    if (name.need()) {
      name.dnsLabel();
      if (!names.add(name.text())) {
        name.duplicate();
      }
    }
    Field image = container.at("image");
    if (image.need() && !image.text().strip().equals(image.text())) {
      image.invalid("must not have leading or trailing whitespace");
    }
    container.at("imagePullPolicy").oneOf(PULL_POLICIES);
    container.at("terminationMessagePolicy").oneOf("FallbackToLogsOnError", "File");
    ports(container.at("ports"));
    environment(container);
    mounts(container);
    ResourceAmounts.ofContainer(container.at("resources"));
    resizePolicies(container.at("resizePolicy"));
    securityContext(container.at("securityContext"));
  }

  private void resizePolicies(Field policies) {
    Set<String> seen = new HashSet<>();
    for (Field policy : policies.items()) {
      Field resource = policy.at("resourceName");
      if (!seen.add(resource.text())) {
        policies.add(FieldError.duplicate(policy.path(), resource.node()));
      }
      oneOf(policies, resource, RESIZABLE);
      Field restart = policy.at("restartPolicy");
      oneOf(policies, restart, RESIZE_RESTARTS);
      if (never && !restart.text().equals("NotRequired")) {
        policies.invalid(restart.text(), "must be 'NotRequired' when `restartPolicy` is 'Never'");
      }
    }
  }

  /// Of what is wrong with a policy the list is told, as elsewhere.
  private static void oneOf(Field policies, Field field, List<String> supported) {
    if (field.empty()) {
      policies.required("");
    } else if (!supported.contains(field.text())) {
      policies.add(FieldError.notSupported(policies.path(), field.text(), supported));
    }
  }

  private static void runtime(Field container) {
    Probes.check(container.at("livenessProbe"), true);
    Probes.check(container.at("readinessProbe"), false);
    Probes.check(container.at("startupProbe"), true);
    for (String turn : List.of("postStart", "preStop")) {
      if (container.at("lifecycle", turn).present()) {
        Probes.handler(container.at("lifecycle", turn));
      }
    }
  }

  private static void ports(Field ports) {
    ports.uniqueBy("name");
    for (Field port : ports.items()) {
      if (!port.at("name").empty()) {
        Ports.name(port.at("name").text()).forEach(port.at("name")::invalid);
      }
      Field number = port.at("containerPort");
      if (number.number() == 0) {
        number.required("");
      } else {
        number.port();
      }
      if (port.at("hostPort").number() != 0) {
        port.at("hostPort").port();
      }
      if (port.at("protocol").need()) {
        port.at("protocol").oneOf(PROTOCOLS);
      }
    }
  }

  private static void environment(Field container) {
    for (Field variable : container.at("env").items()) {
      if (variable.at("name").need()) {
        variableName(variable.at("name"));
      }
      valueFrom(variable);
    }
    for (Field source : container.at("envFrom").items()) {
      if (!source.at("prefix").empty()) {
        variableName(source.at("prefix"));
      }
      List<Field> given =
          List.of(source.at("configMapRef"), source.at("secretRef")).stream()
              .filter(Field::present)
              .toList();
      if (given.isEmpty()) {
        source.invalid("", "must specify one of: `configMapRef` or `secretRef`");
      } else if (given.size() > 1) {
        source.invalid("", "may not have more than one field specified at a time");
      }
      given.forEach(one -> one.at("name").need());
    }
  }

  private static void variableName(Field name) {
    if (!name.text().matches("[ -<>-~]+")) {
      name.invalid(
          "a valid environment variable name must consist only of printable ASCII characters other"
              + " than '='");
    }
  }

  private static void valueFrom(Field variable) {
    Field from = variable.at("valueFrom");
    if (!from.present()) {
      return;
    }
    List<Field> given = ENV_SOURCES.stream().map(s -> from.at(s)).filter(Field::present).toList();
    if (given.isEmpty()) {
      from.invalid(
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`"
              + " or `fileKeyRef`");
    } else if (!variable.at("value").empty()) {
      from.invalid("", "may not be specified when `value` is not empty");
    } else if (given.size() > 1) {
      from.invalid("", "may not have more than one field specified at a time");
    }
    if (from.at("fieldRef").present()) {
      from.at("fieldRef", "fieldPath").need();
    }
    if (from.at("resourceFieldRef").present()) {
      from.at("resourceFieldRef", "resource").need();
    }
    for (String reference : List.of("configMapKeyRef", "secretKeyRef")) {
      if (from.at(reference).present()) {
        from.at(reference, "name").need();
        from.at(reference, "key").need();
      }
    }
  }

  private void mounts(Field container) {
    Set<String> places = new HashSet<>();
    for (Field mount : container.at("volumeMounts").items()) {
      Field name = mount.at("name");
      if (name.need() && !volumes.contains(name.text())) {
        name.notFound();
      }
      Field path = mount.at("mountPath");
      if (path.need() && !places.add(path.text())) {
        path.invalid("must be unique");
      }
      if (!mount.at("subPath").empty() && !mount.at("subPathExpr").empty()) {
        mount.at("subPathExpr").invalid("subPathExpr and subPath are mutually exclusive");
      }
      Volumes.relative(mount.at("subPath"));
      Volumes.relative(mount.at("subPathExpr"));
      mount.at("mountPropagation").oneOf("Bidirectional", "HostToContainer", "None");
    }
    for (Field device : container.at("volumeDevices").items()) {
      Field name = device.at("name");
      if (name.need() && !volumes.contains(name.text())) {
        name.notFound();
      }
      Field path = device.at("devicePath");
      if (path.need() && !places.add(path.text())) {
        path.invalid("must be unique");
      }
    }
  }

  private static void securityContext(Field context) {
    context.at("runAsUser").within(0, MAX_ID);
    context.at("runAsGroup").within(0, MAX_ID);
    context.at("procMount").oneOf("Default", "Unmasked");
    Field escalation = context.at("allowPrivilegeEscalation");
    if (escalation.present() && !escalation.flag()) {
      if (context.at("privileged").flag()) {
        context.add(
            FieldError.invalid(
                context.path(),
                context.node(),
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
      }
      if (context.at("capabilities", "add").texts().contains("CAP_SYS_ADMIN")) {
        context.invalid(
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
      }
    }
  }
}
