package io.croft.security.ldap;

import com.fasterxml.jackson.databind.JsonNode;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.MalformedYamlException;
import io.croft.model.Yaml;
import io.croft.security.config.ConfigNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// A `DirectoryConfiguration`: the directories whose users may log in.
///
/// @param directories asked in this order
record LdapConfiguration(List<LdapSettings> directories) {
  private static final String API_VERSION = "identity.croft.io/v1alpha1";
  private static final String KIND = "DirectoryConfiguration";
  private static final int MAX_DIRECTORIES = 8;

  LdapConfiguration {
    directories = List.copyOf(directories);
  }

  /// A configuration is not good; the message names every error, with its field.
  static final class InvalidConfigurationException extends Exception {
    InvalidConfigurationException(String message) {
      super(message);
    }
  }

  /// @param yaml YAML or JSON
  static LdapConfiguration read(byte[] yaml) throws InvalidConfigurationException {
    JsonNode json;
    try {
      json = Yaml.parse(yaml);
    } catch (MalformedYamlException e) {
      throw new InvalidConfigurationException(String.valueOf(e.getMessage()));
    }
    var errors = new FieldErrors();
    var root = new ConfigNode(json, "", errors, Set.of("apiVersion", "kind", "directories"));
    require(root, "apiVersion", API_VERSION, errors);
    require(root, "kind", KIND, errors);
    var directories = new ArrayList<LdapSettings>();
    var names = new HashSet<String>();
    var prefixes = new HashSet<String>();
    for (ConfigNode entry : root.children("directories", LdapSettingsReader.FIELDS)) {
      LdapSettings settings = new LdapSettingsReader(entry, errors).read();
      if (!names.add(settings.name())) {
        errors.add(FieldError.duplicate(entry.at("name"), settings.name()));
      }
      if (!prefixes.add(settings.usernamePrefix())) { // or who is who depends on which answers
        errors.add(FieldError.duplicate(entry.at("usernamePrefix"), settings.usernamePrefix()));
      }
      directories.add(settings);
    }
    if (directories.size() > MAX_DIRECTORIES) {
      errors.add(FieldError.tooMany("directories", directories.size(), MAX_DIRECTORIES));
    }
    if (!errors.isEmpty()) {
      throw new InvalidConfigurationException(
          errors.list().stream().map(FieldError::message).collect(Collectors.joining("; ")));
    }
    return new LdapConfiguration(directories);
  }

  private static void require(ConfigNode root, String field, String value, FieldErrors errors) {
    if (!root.text(field).equals(value)) {
      errors.add(FieldError.notSupported(field, root.text(field), List.of(value)));
    }
  }
}
