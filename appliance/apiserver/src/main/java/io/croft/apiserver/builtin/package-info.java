/// The kinds that come with the API server.
@NullMarked
package io.croft.apiserver.builtin;

import org.jspecify.annotations.NullMarked;
