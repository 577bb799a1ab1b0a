"""Python's websockets: python3 converse.py URL json|msgpack. Prints the report of conversation.mjs."""

import asyncio
import json
import sys

import msgpack
import websockets

URL, CODEC = sys.argv[1:]
ROOM = "conversation"


def encode(message):
    return json.dumps(message) if CODEC == "json" else msgpack.packb(message)


def decode(frame):
    return json.loads(frame) if CODEC == "json" else msgpack.unpackb(frame)


def connect():
    return websockets.connect(URL, subprotocols=[f"parley.v1.{CODEC}"], compression="deflate")


async def say(line, **message):
    await line.send(encode(message))


async def hear(line, kind):
    while True:
        message = decode(await line.recv())
        if message["type"] == kind:
            return message


async def end(line):
    """Read to the end; report its close code, and whether the handshake was completed."""
    try:
        while True:
            await line.recv()
    except websockets.ConnectionClosed as closed:
        return {"code": closed.rcvd.code, "wasClean": closed.sent is not None}


async def converse(a, b):
    await say(a, type="join", room=ROOM, id=1, profile={"name": "Änne"})
    await hear(a, "joined")
    await say(b, type="join", room=ROOM, id=1)
    members = (await hear(b, "joined"))["members"]
    change = (await hear(a, "member"))["change"]

    said = {"text": "grüße 🙂", "list": [1.5, None, True, -7]}
    await say(a, type="send", room=ROOM, event="chat", data=said, id=2)
    event, answer = await hear(b, "event"), await hear(a, "ok")
    await say(b, type="send", room=ROOM, event="long", data="x" * 60_000)
    long = await hear(a, "event")
    await say(a, type="ping", id=3)
    ponged = await hear(a, "pong")

    await (await a.ping("are you there?"))  # returns when its pong has come
    message = encode({"type": "ping", "id": 4, "filler": "é" * 5000})
    await a.send([message[at : at + 4001] for at in range(0, len(message), 4001)])
    fragmented = await hear(a, "pong")

    await b.close(1000, "that was all")
    left = await hear(a, "member")
    await a.send(b"\1" if CODEC == "json" else "text")
    return {
        "protocol": a.subprotocol,
        "extensions": ", ".join(e.name for e in a.extensions),
        "name": members[0]["profile"]["name"],
        "change": change,
        "data": event["data"],
        "answered": answer["id"],
        "long": len(long["data"]),
        "ponged": ponged["id"],
        "pong": "are you there?",
        "fragmented": fragmented["id"],
        "left": left["reason"],
        "good": await end(b),
        "bad": await end(a),
    }


async def main():
    async with connect() as a, connect() as b:
        print(json.dumps(await converse(a, b)))


asyncio.run(main())
