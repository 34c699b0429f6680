package io.croft.apiserver.resource;

import io.croft.model.ApiObject;
import io.croft.model.FieldError;
import io.croft.model.NameRule;
import io.croft.model.Statuses;
import io.croft.security.UserInfo;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rules of a kind that go beyond its schema. The defaults suit a kind without rules of its
/// own. Objects handed in may be changed by the methods that return nothing, and only by those.
public interface Strategy {
  /// A kind without rules of its own.
  Strategy PLAIN = new Strategy() {};

  /// Fills in the defaults that the kind's schema cannot tell, of new objects and changed ones.
  /// They are the client's: it owns these fields as if it had written them.
  default void setDefaults(ApiObject object) {}

  /// Fills in what the server owns before an object is validated and created.
  default void prepareForCreate(ApiObject object) {}

  /// As `prepareForCreate(ApiObject)`, for a kind that keeps who made it.
  ///
  /// @param user on whose behalf it is made
  default void prepareForCreate(ApiObject object, UserInfo user) {
    prepareForCreate(object);
  }

  /// Fills in what the server owns before a change is validated and stored.
  default void prepareForUpdate(ApiObject object, ApiObject old) {}

  /// Everything wrong with a new object, by field path.
  default List<FieldError> validate(ApiObject object) {
    return List.of();
  }

  /// Everything wrong with a change.
  default List<FieldError> validateUpdate(ApiObject object, ApiObject old) {
    return validate(object);
  }

  /// Everything wrong with a change that came through a subresource.
  ///
  /// @param subresource empty for the object itself
  default List<FieldError> validateUpdate(String subresource, ApiObject object, ApiObject old) {
    return validateUpdate(object, old);
  }

  /// Whether the kind has rules that `validateRules` asks.
  default boolean hasRules() {
    return false;
  }

  /// Everything wrong by rules that can only be asked of an object which has the right shape: not
  /// called for one that has not.
  ///
  /// @param old null for a new object
  default List<FieldError> validateRules(ApiObject object, @Nullable ApiObject old) {
    return List.of();
  }

  /// What the name of an object must look like.
  default NameRule nameRule() {
    return NameRule.DNS_SUBDOMAIN;
  }

  /// Whether `metadata.generation` counts changes of the wanted state.
  default boolean countsGenerations() {
    return false;
  }

  /// Whether an update may leave out `metadata.resourceVersion`.
  default boolean allowsUnconditionalUpdate() {
    return true;
  }

  /// Whether an update of an object that does not exist creates it.
  default boolean createsOnUpdate() {
    return false;
  }

  /// How long an object lives; zero for ever.
  default Duration timeToLive() {
    return Duration.ZERO;
  }

  /// Fills in what the server owns of a status before a change of it is validated and stored.
  default void prepareForStatusUpdate(ApiObject object, ApiObject old) {}

  /// Confines a change of a subresource of the kind's own to what that is about.
  ///
  /// @param object the wanted object; changed in place
  /// @throws io.croft.model.StatusException 404 when there is no such subresource
  default void confine(String subresource, ApiObject object, ApiObject old) {
    throw Statuses.noSuchResource();
  }

  /// Where the kind says how many of it there are; null for one that is not scaled.
  default @Nullable ScalePaths scale() {
    return null;
  }

  /// Called when an object that was prepared has not come to be stored: it was not valid, or only
  /// tried, or someone else was faster.
  ///
  /// @param old what is stored; null when the object was to be created
  default void abandoned(ApiObject object, @Nullable ApiObject old) {}

  /// @throws io.croft.model.StatusException when an object must not be deleted
  default void checkDelete(ApiObject object) {}

  /// Marks an object whose deletion was asked for; called once, before `metadata.deletionTimestamp`
  /// is set.
  default void prepareForDelete(ApiObject object) {}

  /// How long an object may take to end, so that somebody can end in order what it stands for; 0
  /// when nobody needs to.
  ///
  /// @param wanted what the caller asks for; null when it does not say
  default long gracePeriodSeconds(ApiObject object, @Nullable Long wanted) {
    return 0;
  }

  /// What becomes of the objects that an object of this kind owns.
  default GarbageCollection garbageCollection() {
    return GarbageCollection.BACKGROUND;
  }

  /// Whether an object that is being deleted must stay, its finalizers apart.
  default boolean holdsBackDeletion(ApiObject object) {
    return false;
  }

  /// Called after a create or an update is on disk, before it is answered. May be called out of
  /// order; `metadata.resourceVersion` tells which is newer.
  default void written(ApiObject object) {}

  /// Called after an object is gone from disk, before that is answered.
  ///
  /// @param revision the revision of the removal
  default void removed(ApiObject last, long revision) {}
}
