/// What authentication needs of this server: the expressions of its configuration.
@NullMarked
package io.croft.apiserver.authentication;

import org.jspecify.annotations.NullMarked;
