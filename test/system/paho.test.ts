import assert from "node:assert/strict";
import { RawClient, type RealClient, startTestBroker } from "../kit/mod.ts";
import { passwordFile, passwordLine } from "./password-file.ts";
import { pahoProgram } from "./paho-program.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";
import { waysToStart } from "./ways-to-start.ts";

/** What a program printed until it ended, which must be without a failure. */
async function linesOf(program: RealClient): Promise<string[]> {
  const { exitCode, output, errors } = await program.finished;
  assert.equal(exitCode, 0, errors);
  return output.trimEnd().split("\n");
}

const roundTrip = `
reader, writer = connect(client("reader")), connect(client("writer"))
subscribe(reader, "greetings/#", 2)
done = threading.Event()
show = reader.on_message
def on_message(c, userdata, m):
    show(c, userdata, m)
    if m.topic == "greetings/2": done.set()
reader.on_message = on_message
for qos in (0, 1, 2):
    publish(writer, "greetings/%d" % qos, "hello %d" % qos, qos)
assert done.wait(40), "not all messages came"
writer.disconnect(); reader.disconnect()
`;

for (const [startName, start] of waysToStart) {
  for (const version of versions) {
    scenario(`paho clients talk at QoS 0, 1 and 2 (${versionNames[version]}, ${startName})`, async () => {
      await using broker = await start();
      const lines = await linesOf(await pahoProgram(roundTrip, broker, version));
      // paho hands a QoS 2 message over when it is released, so it may come behind what was sent later.
      assert.deepEqual(lines.toSorted(), [
        "got greetings/0 0 0 hello 0",
        "got greetings/1 1 0 hello 1",
        "got greetings/2 2 0 hello 2",
      ]);
    });
  }
}

const inOrder = `
reader, writer = connect(client("reader")), connect(client("writer"))
subscribe(reader, "many", 2)
count, done, got = 1000, threading.Event(), []
def on_message(c, userdata, m):
    got.append(m.payload.decode())
    if len(got) == count: done.set()
reader.on_message = on_message
for number in range(count):
    last = writer.publish("many", str(number), 2)
last.wait_for_publish(20)
assert done.wait(20), "%d messages came" % len(got)
print("in order" if got == [str(number) for number in range(count)] else got)
`;

const retained = `
writer = connect(client("writer"))
publish(writer, "kept", "still here", 1, True)
late = connect(client("late"))
subscribe(late, "kept", 1)
publish(writer, "kept", "live", 1)
publish(writer, "kept", "", 1, True)
last = connect(client("last"))
subscribe(last, "kept", 1)
publish(writer, "kept", "end", 1)
end = threading.Event()
last.on_message = lambda c, u, m: (print("last got", m.payload.decode(), int(m.retain), flush=True), end.set())
publish(writer, "kept", "really the end", 1)
assert end.wait(40)
assert late.ended.wait(40)
`;

const storedSession = `
first = connect(client("stored", True))
subscribe(first, "queue", 1)
first.disconnect()
assert first.gone.wait(40)
first.loop_stop()
writer = connect(client("writer"))
for number in range(50):
    publish(writer, "queue", str(number), 1)
again = client("stored", True)
done, got = threading.Event(), []
def on_message(c, userdata, m):
    got.append(m.payload.decode())
    if len(got) == 50: done.set()
again.on_message = on_message
connect(again)
assert done.wait(40), got
print("present" if again.present else "absent", "in order" if got == [str(n) for n in range(50)] else got)
`;

const diesWithWill = `
dying = client("dying")
dying.will_set("wills/paho", "gone", 1, True)
connect(dying)
print("connected", flush=True)
os._exit(0)
`;

for (const version of versions) {
  const name = versionNames[version];

  scenario(`a thousand messages reach paho in order, each once, at QoS 2 (${name})`, async () => {
    await using broker = await startTestBroker();
    assert.deepEqual(await linesOf(await pahoProgram(inOrder, broker, version)), ["in order"]);
  });

  scenario(`paho gets the retained message, and none when it was removed (${name})`, async () => {
    await using broker = await startTestBroker();
    const lines = await linesOf(await pahoProgram(retained, broker, version));
    const late = lines.filter((line) => line.startsWith("got kept"));
    assert.deepEqual(late.slice(0, 2), ["got kept 1 1 still here", "got kept 1 0 live"]);
    assert.ok(!lines.includes("last got still here 1"));
    assert.ok(lines.includes("last got really the end 0") || lines.includes("last got end 0"), lines.join("\n"));
  });

  scenario(`messages wait for paho's stored session and come in order (${name})`, async () => {
    await using broker = await startTestBroker();
    const present = version === 3 ? "absent" : "present";
    assert.deepEqual(await linesOf(await pahoProgram(storedSession, broker, version)), [`${present} in order`]);
  });

  scenario(`the will of a paho program that dies is published and retained (${name})`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("wills/#", { qos: 1 });
    assert.deepEqual(await linesOf(await pahoProgram(diesWithWill, broker, version)), ["connected"]);
    assert.equal((await watcher.receive()).payload.toString(), "gone");
    const late = await RawClient.connected(broker, version);
    await late.subscribe("wills/#", { qos: 1 });
    assert.ok((await late.receive()).retain);
  });

  scenario(`paho is told by CONNACK that its password is wrong (${name})`, async () => {
    await using users = await passwordFile(passwordLine("ann", "secret", "sha256"));
    await using broker = await startTestBroker(users.overrides);
    const program = `
for password in ("secret", "wrong"):
    asking = client("ann")
    asking.username_pw_set("ann", password)
    print(connect(asking).code)
    asking.disconnect()
`;
    const refused = version === 5 ? "134" : "4";
    assert.deepEqual(await linesOf(await pahoProgram(program, broker, version)), ["0", refused]);
  });
}

scenario(
  "what paho says about a 5.0 message reaches paho unchanged, and identifiers of subscriptions too",
  async () => {
    await using broker = await startTestBroker();
    const program = `
from paho.mqtt.subscribeoptions import SubscribeOptions
reader, writer = connect(client("reader")), connect(client("writer"))
done = threading.Event()
def on_message(c, userdata, m):
    p = m.properties
    print(p.ContentType, p.ResponseTopic, p.CorrelationData.decode(), p.PayloadFormatIndicator,
          p.UserProperty, p.SubscriptionIdentifier)
    done.set()
reader.on_message = on_message
wanted = Properties(PacketTypes.SUBSCRIBE)
wanted.SubscriptionIdentifier = 42
reader.subscribe("told", options=SubscribeOptions(qos=1, noLocal=True), properties=wanted)
assert reader.granted.wait(40)
told = Properties(PacketTypes.PUBLISH)
told.ContentType, told.ResponseTopic, told.CorrelationData = "text/plain", "answers", b"number 7"
told.PayloadFormatIndicator = 1
told.UserProperty = ("name", "value")
publish(writer, "told", "x", 1, False, told)
assert done.wait(40)
`;
    assert.deepEqual(await linesOf(await pahoProgram(program, broker, 5)), [
      "text/plain answers number 7 1 [('name', 'value')] [42]",
    ]);
  },
);
