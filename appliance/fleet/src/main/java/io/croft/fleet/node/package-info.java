/// What the appliance keeps about joined hosts: their nodes, whether they live, what they may do.
@NullMarked
package io.croft.fleet.node;

import org.jspecify.annotations.NullMarked;
