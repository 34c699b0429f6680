/// Server-side apply: which client owns which field, and what becomes of an object when one of them
/// applies a configuration. Trees in, trees out; knows no store and no HTTP.
@NullMarked
package io.croft.apiserver.apply;

import org.jspecify.annotations.NullMarked;
