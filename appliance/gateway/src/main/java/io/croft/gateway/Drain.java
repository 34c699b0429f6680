package io.croft.gateway;

/// The event that tells a connection to finish what it is doing and to close.
enum Drain {
  NOW
}
