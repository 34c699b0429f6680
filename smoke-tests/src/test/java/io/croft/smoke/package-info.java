/// The built distribution, driven from outside. Nothing here imports Croft's own code.
@NullMarked
package io.croft.smoke;

import org.jspecify.annotations.NullMarked;
