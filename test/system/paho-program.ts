import { paho, type RealClient, type RunOptions, type Version } from "../kit/mod.ts";

/*
 * Every program gets host, port and protocol level, and these functions. Standard output is what a test reads: one line
 * for each message, and the lines that the program prints itself.
 */
const prelude = `
import os, sys, threading
import builtins
import paho.mqtt.client as mqtt

def print(*words, **options):
    # Each client has a thread: a line and its end are written in one piece, or two lines may run into one.
    builtins.print(" ".join(map(str, words)) + "\\n", end="", flush=True)
from paho.mqtt.properties import Properties
from paho.mqtt.packettypes import PacketTypes

host, port, level = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
outcome = {}

def client(client_id, stored=False):
    if level == 5:
        made = mqtt.Client(client_id, protocol=mqtt.MQTTv5)
    else:
        made = mqtt.Client(client_id, clean_session=not stored, protocol=level)
    made.stored = stored
    made.max_inflight_messages_set(100)
    made.ready, made.granted, made.gone = threading.Event(), threading.Event(), threading.Event()
    made.ended = threading.Event()
    def on_connect(c, userdata, flags, code, properties=None):
        c.code = code if isinstance(code, int) else code.value
        c.present = flags["session present"]
        c.ready.set()
    def on_message(c, userdata, m):
        print("got", m.topic, m.qos, int(m.retain), m.payload.decode(), flush=True)
        if m.payload == b"really the end": c.ended.set()
    made.on_connect = on_connect
    made.on_message = on_message
    made.on_subscribe = lambda c, *rest: c.granted.set()
    made.on_disconnect = lambda c, *rest: c.gone.set()
    return made

def connect(c):
    if level == 5:
        properties = Properties(PacketTypes.CONNECT)
        if c.stored:
            properties.SessionExpiryInterval = 300
        c.connect(host, port, 60, clean_start=not c.stored, properties=properties)
    else:
        c.connect(host, port, 60)
    c.loop_start()
    assert c.ready.wait(40), "no CONNACK"
    return c

def subscribe(c, topic, qos):
    c.granted.clear()
    c.subscribe(topic, qos)
    assert c.granted.wait(40), "no SUBACK"

def publish(c, topic, payload, qos=0, retain=False, properties=None):
    info = c.publish(topic, payload, qos, retain) if level < 5 else c.publish(topic, payload, qos, retain, properties)
    info.wait_for_publish(40)
    assert info.is_published(), "not acknowledged"
`;

/** Runs a Python program that uses paho; it ends in time, and any failure of it is a failure of the run. */
export async function pahoProgram(
  program: string,
  broker: { readonly host: string; readonly port: number },
  version: Version,
  options: RunOptions = {},
): Promise<RealClient> {
  return paho(prelude + program, [broker.host, `${broker.port}`, `${version}`], options);
}
