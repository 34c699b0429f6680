/// Bundles of `trust.cert-manager.io`: which authorities are trusted, in every namespace.
@NullMarked
package io.croft.certificates.trust;

import org.jspecify.annotations.NullMarked;
