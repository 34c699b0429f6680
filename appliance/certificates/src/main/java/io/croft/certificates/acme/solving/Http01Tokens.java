package io.croft.certificates.acme.solving;

import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/// What is answered under `/.well-known/acme-challenge/`, while there are challenges that wait for
/// it; 1024 at most, which is more than are solved at a time. Thread-safe.
public final class Http01Tokens {
  /// The token follows.
  public static final String PATH = "/.well-known/acme-challenge/";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,256}");

  private static final int MAX = 1024;

  private final SequencedMap<String, String> answers = new LinkedHashMap<>();
  private final boolean served;

  /// @param served whether there is a listener that answers
  public Http01Tokens(boolean served) {
    this.served = served;
  }

  boolean served() {
    return served;
  }

  /// @return the key authorization; empty for a token that nobody waits for
  public synchronized Optional<String> answer(String token) {
    return Optional.ofNullable(answers.get(token));
  }

  synchronized void add(String token, String key) throws SolverException {
    if (!TOKEN.matcher(token).matches()) {
      throw new SolverException("the token has characters that no token has");
    }
    answers.put(token, key);
    if (answers.size() > MAX) {
      answers.pollFirstEntry();
    }
  }

  synchronized void remove(String token, String key) {
    answers.remove(token, key);
  }
}
