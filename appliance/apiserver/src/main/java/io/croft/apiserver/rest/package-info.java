/// HTTP on one side, the registry on the other: negotiation, lists, watches, tables.
@NullMarked
package io.croft.apiserver.rest;

import org.jspecify.annotations.NullMarked;
