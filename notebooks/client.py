"""A small client: `python notebooks/client.py http://localhost:7860 picture.jpg` prints what is read in a picture.

Needs `pip install websockets`. The whole protocol stands in docs/protocol.md.
"""

from __future__ import annotations

import json
import struct
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.sync.client import connect


def guest_token(server: str, *scopes: str) -> str:
    """Consent first: the scopes are what the person allowed."""
    body = json.dumps({"scopes": scopes, "purpose": "self"}).encode()
    request = urllib.request.Request(f"{server}/api/guest", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["token"])


def events(server: str, pictures: list[bytes], words: str = "") -> Iterator[dict[str, Any]]:
    """Send JPEG pictures (6 a second) and words; yield every event until the session has ended."""
    with connect(f"{server.replace('http', 'ws', 1)}/ws") as socket:
        socket.send(json.dumps({"type": "auth", "token": guest_token(server, "camera")}))
        for number, jpeg in enumerate(pictures):
            # one byte kind (1 = picture), eight bytes client time in seconds, the picture
            socket.send(struct.pack("<Bd", 1, number / 6) + jpeg)
        if words:
            socket.send(json.dumps({"type": "text", "text": words}))
        for message in socket:
            event = json.loads(message)
            yield event
            if event["type"] == "utterance_emotion" or (not words and event["type"] == "fused_emotion"):
                socket.send(json.dumps({"type": "stop"}))
            if event["type"] == "state" and event["ended"]:
                return


if __name__ == "__main__":
    for event in events(sys.argv[1], [Path(name).read_bytes() for name in sys.argv[2:]]):
        if event["type"].endswith("_emotion"):
            print(event["type"], event["expression"], f"{max(event['expressions'].values()):.2f}", event["reasons"])
