/// What built-in kinds ask of their objects beyond their schemas, in kube-apiserver's words.
@NullMarked
package io.croft.apiserver.rules;

import org.jspecify.annotations.NullMarked;
