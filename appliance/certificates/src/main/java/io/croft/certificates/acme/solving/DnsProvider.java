package io.croft.certificates.acme.solving;

/// A service that publishes records. Publishing what is there and removing what is not there are no
/// failures; other records of the same name stay.
interface DnsProvider {
  void publish(TextRecord record) throws SolverException, InterruptedException;

  void remove(TextRecord record) throws SolverException, InterruptedException;
}
