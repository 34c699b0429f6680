/// The Common Expression Language as Kubernetes speaks it: expressions are parsed and type-checked
/// by the library, and evaluated here, over JSON trees as they are, with every step paid for.
///
/// The evaluation is our own because the library's copies whole trees at each look at a field,
/// knows no price of a step, and wants protobuf messages for what is JSON here.
@NullMarked
package io.croft.apiserver.cel;

import org.jspecify.annotations.NullMarked;
