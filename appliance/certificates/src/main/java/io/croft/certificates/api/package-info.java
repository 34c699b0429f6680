/// cert-manager's objects as the controllers read and write them.
@NullMarked
package io.croft.certificates.api;

import org.jspecify.annotations.NullMarked;
