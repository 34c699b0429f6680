/// Keeps the status of admission policies.
@NullMarked
package io.croft.apiserver.controllers.policy;

import org.jspecify.annotations.NullMarked;
