/// Custom resource definitions and the resources that they define.
@NullMarked
package io.croft.apiserver.crd;

import org.jspecify.annotations.NullMarked;
