package io.croft.apiserver.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.apiserver.resource.ScalePaths;
import io.croft.apiserver.resource.Strategy;
import io.croft.apiserver.rules.Field;
import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.FieldErrors;
import io.croft.model.NameRule;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The rules of a kind, put together from its defaults, what it asks of an object and what it asks
/// of a change. What has not changed is not looked at again: rules may have become stricter since.
class KindStrategy implements Strategy {
  private Consumer<ObjectNode> defaults = object -> {};
  private Consumer<Field> rules = object -> {};
  private BiConsumer<Field, Field> updates = (object, old) -> {};
  private NameRule names = NameRule.DNS_SUBDOMAIN;
  private boolean generations;
  private boolean createsOnUpdate;
  private @Nullable ScalePaths scale;

  KindStrategy defaults(Consumer<ObjectNode> filling) {
    defaults = filling;
    return this;
  }

  KindStrategy rules(Consumer<Field> asked) {
    rules = asked;
    return this;
  }

  KindStrategy updates(BiConsumer<Field, Field> asked) {
    updates = asked;
    return this;
  }

  KindStrategy names(NameRule rule) {
    names = rule;
    return this;
  }

  KindStrategy generations() {
    generations = true;
    return this;
  }

  KindStrategy createsOnUpdateToo() {
    createsOnUpdate = true;
    return this;
  }

  KindStrategy scaled() {
    scale = ScalePaths.USUAL;
    return this;
  }

  @Override
  public void setDefaults(ApiObject object) {
    defaults.accept(object.json());
  }

  /// Once more, as what is the server's, such as the first status, was taken away meanwhile.
  @Override
  public void prepareForCreate(ApiObject object) {
    setDefaults(object);
  }

  @Override
  public void prepareForUpdate(ApiObject object, ApiObject old) {
    setDefaults(object);
  }

  @Override
  public List<FieldError> validate(ApiObject object) {
    var errors = new FieldErrors();
    rules.accept(Field.root(object, errors));
    return errors.list();
  }

  @Override
  public List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    return changed(object, old, updates);
  }

  /// Everything wrong with a change.
  ///
  /// @param asked what is asked of it, besides what is asked of every object
  final List<FieldError> changed(ApiObject object, ApiObject old, BiConsumer<Field, Field> asked) {
    var errors = new FieldErrors();
    Field now = Field.root(object, errors);
    Field then = Field.root(old, errors);
    if (!judged(object).equals(judged(old))) {
      rules.accept(now);
    }
    asked.accept(now, then);
    return errors.list();
  }

  private static JsonNode judged(ApiObject object) {
    ObjectNode judged = object.json().objectNode();
    judged.setAll(object.json());
    judged.remove(List.of("metadata", "status"));
    return judged;
  }

  @Override
  public NameRule nameRule() {
    return names;
  }

  @Override
  public boolean countsGenerations() {
    return generations;
  }

  @Override
  public boolean createsOnUpdate() {
    return createsOnUpdate;
  }

  @Override
  public @Nullable ScalePaths scale() {
    return scale;
  }
}
