/// Who is calling, may they, and what was done: authentication, authorization, audit.
@NullMarked
package io.croft.security;

import org.jspecify.annotations.NullMarked;
