/// Reading and changing objects under the API's rules, whatever their kind.
@NullMarked
package io.croft.apiserver.registry;

import org.jspecify.annotations.NullMarked;
