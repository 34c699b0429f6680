/// The expressions of admission policies and webhooks: which variables they see, whether they
/// compile, and what they give.
@NullMarked
package io.croft.apiserver.policy;

import org.jspecify.annotations.NullMarked;
