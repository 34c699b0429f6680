/// The certificate manager: cert-manager's API, served by controllers of this process.
@NullMarked
package io.croft.certificates;

import org.jspecify.annotations.NullMarked;
