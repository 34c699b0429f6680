package io.croft.apiserver.rules;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The volumes of a pod.
final class Volumes {
  private static final int MAX_MODE = 0777;

  private Volumes() {}

  /// @return the names of the volumes, which mounts may refer to
  static Set<String> check(Field volumes) {
    Set<String> names = new HashSet<>();
    for (Field volume : volumes.items()) {
      Field name = volume.at("name");
      if (name.need()) {
        name.dnsLabel();
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
      source(volume);
    }
    return names;
  }

  private static void source(Field volume) {
    List<String> sources = new ArrayList<>();
    volume.node().fieldNames().forEachRemaining(sources::add);
    sources.remove("name");
    sources.removeIf(source -> !volume.at(source).present());
    if (sources.isEmpty()) {
      volume.required("must specify a volume type");
    }
    sources.stream()
        .skip(1)
        .forEach(s -> volume.at(s).forbidden("may not specify more than 1 volume type"));
    sources.forEach(source -> oneSource(volume, source));
  }

  private static void oneSource(Field volume, String type) {
    Field source = volume.at(type);
    switch (type) {
      case "emptyDir" -> source.at("sizeLimit").nonNegativeAmount();
      case "hostPath" -> hostPath(source);
      case "configMap" -> {
        source.at("name").need();
        files(source);
      }
      case "secret" -> {
        source.at("secretName").need();
        files(source);
      }
      case "persistentVolumeClaim" -> source.at("claimName").need();
      case "downwardAPI" -> downward(source);
      case "projected" -> projected(source);
      case "nfs" -> nfs(source);
      case "csi" -> source.at("driver").need();
      case "iscsi" -> {
        source.at("targetPortal").need();
        source.at("iqn").need();
      }
      case "gitRepo" -> source.at("repository").need();
      case "image" -> source.at("pullPolicy").oneOf("Always", "IfNotPresent", "Never");
      case "ephemeral" -> {
        if (source.at("volumeClaimTemplate").need()) {
          VolumeClaims.spec(source.at("volumeClaimTemplate", "spec"));
        }
      }
      default -> {} // its schema says all
    }
  }

  static void hostPath(Field source) {
    if (source.at("path").need()) {
      inside(source.at("path"));
    }
    source
        .at("type")
        .oneOf(
            "",
            "DirectoryOrCreate",
            "Directory",
            "FileOrCreate",
            "File",
            "Socket",
            "CharDevice",
            "BlockDevice");
  }

  static void nfs(Field source) {
    source.at("server").need();
    if (source.at("path").need() && !source.at("path").text().startsWith("/")) {
      source.at("path").invalid("must be an absolute path");
    }
  }

  private static void mode(Field mode) {
    if (mode.present() && (mode.number() < 0 || mode.number() > MAX_MODE)) {
      mode.invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
  }

  private static void files(Field source) {
    mode(source.at("defaultMode"));
    keysToPaths(source.at("items"));
  }

  private static void keysToPaths(Field items) {
    for (Field item : items.items()) {
      item.at("key").need();
      if (item.at("path").need()) {
        relative(item.at("path"));
      }
      mode(item.at("mode"));
    }
  }

  private static void downward(Field source) {
    mode(source.at("defaultMode"));
    for (Field item : source.at("items").items()) {
      if (item.at("path").need()) {
        relative(item.at("path"));
      }
      boolean field = item.at("fieldRef").present();
      boolean resource = item.at("resourceFieldRef").present();
      if (field && resource) {
        item.invalid(
            "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
      } else if (!field && !resource) {
        item.required("one of fieldRef and resourceFieldRef is required");
      }
    }
  }

  private static void projected(Field projected) {
    mode(projected.at("defaultMode"));
    for (Field source : projected.at("sources").items()) {
      long given = source.node().properties().stream().filter(e -> !e.getValue().isNull()).count();
      if (given > 1) {
        source.forbidden("may not specify more than 1 volume type");
      }
      for (String kind : List.of("configMap", "secret")) {
        if (source.at(kind).present()) {
          source.at(kind, "name").need();
          keysToPaths(source.at(kind, "items"));
        }
      }
      Field token = source.at("serviceAccountToken");
      if (token.present()) {
        token.at("path").need();
        Field expiry = token.at("expirationSeconds");
        if (expiry.present() && expiry.number() < 600) {
          expiry.invalid("may not specify a duration less than 10 minutes");
        }
      }
    }
  }

  /// A path that stays below where it starts.
  static void relative(Field path) {
    if (path.text().startsWith("/")) {
      path.invalid("must be a relative path");
    }
    inside(path);
  }

  static void inside(Field path) {
    if (List.of(path.text().split("/")).contains("..")) {
      path.invalid("must not contain '..'");
    }
  }
}
