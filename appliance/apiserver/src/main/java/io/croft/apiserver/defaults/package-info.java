/// What kube-apiserver fills in where an object of a built-in kind says nothing.
@NullMarked
package io.croft.apiserver.defaults;

import org.jspecify.annotations.NullMarked;
