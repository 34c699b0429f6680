@NullMarked
package io.croft.apiserver.authentication;

import org.jspecify.annotations.NullMarked;
