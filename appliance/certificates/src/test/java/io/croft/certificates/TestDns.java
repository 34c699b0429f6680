package io.croft.certificates;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// A DNS server for one zone, whose names all lead to this machine; takes updates that are signed
/// with its key.
final class TestDns implements AutoCloseable {
  static final String KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=";
  private static final int MAX_PACKET = 4096;

  private final Name zone;
  private final TSIG key;
  private final ServerSocket listener;
  private final DatagramSocket socket;
  private final Map<Name, Name> aliases = new ConcurrentHashMap<>();
  private final List<String> updates = new CopyOnWriteArrayList<>();
  private final List<TXTRecord> texts = new CopyOnWriteArrayList<>();

  /// @param zone with a dot at the end
  TestDns(String zone) throws IOException {
    this.zone = Name.fromString(zone);
    this.key = new TSIG(TSIG.HMAC_SHA256, Name.fromString("updater."), decoded());
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.socket =
        new DatagramSocket(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
    Thread.ofPlatform().daemon().name("test-dns").start(this::serve);
    Thread.ofPlatform().daemon().name("test-dns-tcp").start(this::accept);
  }

  private static byte[] decoded() {
    return Base64.getDecoder().decode(KEY);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  String server() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  void alias(String name, String target) throws IOException {
    aliases.put(Name.fromString(name), Name.fromString(target));
  }

  List<String> texts(String name) throws IOException {
    Name wanted = Name.fromString(name);
    return texts.stream()
        .filter(t -> t.getName().equals(wanted))
        .map(t -> t.getStrings().getFirst())
        .toList();
  }

  void add(String name, String text) throws IOException {
    texts.add(new TXTRecord(Name.fromString(name), DClass.IN, 1, text));
  }

  /// The names that have been updated.
  List<String> updates() {
    return updates;
  }

  private void serve() {
    byte[] buffer = new byte[MAX_PACKET];
    while (!socket.isClosed()) {
      var packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] query = Arrays.copyOf(buffer, packet.getLength());
        byte[] answer = answer(query);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        if (!listener.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /// Messages with their length in front, until the client has had enough.
  private void serve(Socket client) {
    try (client) {
      var in = new DataInputStream(client.getInputStream());
      var out = new DataOutputStream(client.getOutputStream());
      while (true) {
        byte[] answer = answer(in.readNBytes(in.readUnsignedShort()));
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
      }
    } catch (IOException e) {
      // it is gone
    }
  }

  private byte[] answer(byte[] bytes) throws IOException {
    var query = new Message(bytes);
    var answer = new Message(query.getHeader().getID());
    answer.getHeader().setOpcode(query.getHeader().getOpcode());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.AA);
    answer.addRecord(query.getQuestion(), Section.QUESTION);
    if (query.getHeader().getOpcode() == Opcode.UPDATE) {
      TSIGRecord signature = query.getTSIG();
      int verdict = signature == null ? Rcode.REFUSED : key.verify(query, bytes, null);
      if (verdict == Rcode.NOERROR) {
        query.getSection(Section.UPDATE).forEach(this::update);
        answer.setTSIG(key, Rcode.NOERROR, signature);
      } else {
        answer.getHeader().setRcode(signature == null ? Rcode.REFUSED : Rcode.NOTAUTH);
      }
      return answer.toWire();
    }
    List<Record> found = find(query.getQuestion());
    found.forEach(r -> answer.addRecord(r, Section.ANSWER));
    return answer.toWire();
  }

  private void update(Record record) {
    if (record instanceof TXTRecord text) {
      updates.add(text.getName().toString());
      texts.removeIf(
          t -> t.getName().equals(text.getName()) && t.getStrings().equals(text.getStrings()));
      if (record.getDClass() == DClass.IN) {
        texts.add(text);
      }
    }
  }

  private List<Record> find(Record question) {
    Name name = question.getName();
    var found = new ArrayList<Record>();
    Name target = aliases.get(name);
    if (target != null) {
      found.add(new CNAMERecord(name, DClass.IN, 1, target));
      if (question.getType() == Type.TXT) {
        found.addAll(find(Record.newRecord(target, Type.TXT, DClass.IN)));
      }
      return found;
    }
    if (!name.subdomain(zone)) {
      return found;
    }
    switch (question.getType()) {
      case Type.A -> found.add(new ARecord(name, DClass.IN, 1, InetAddress.getLoopbackAddress()));
      case Type.TXT -> texts.stream().filter(t -> t.getName().equals(name)).forEach(found::add);
      case Type.SOA -> {
        if (name.equals(zone)) {
          found.add(new SOARecord(zone, DClass.IN, 1, zone, zone, 1, 1, 1, 1, 1));
        }
      }
      case Type.NS -> {
        if (name.equals(zone)) {
          found.add(new NSRecord(zone, DClass.IN, 1, Name.fromConstantString("ns." + zone)));
        }
      }
      default -> {} // no such records
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    socket.close();
  }
}
