/// The custom resource definitions of cert-manager, declared in a shorthand of one line per field.
@NullMarked
package io.croft.certificates.definition;

import org.jspecify.annotations.NullMarked;
