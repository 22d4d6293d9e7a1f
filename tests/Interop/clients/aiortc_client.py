"""A WebRTC client made of aiortc: joins a room with one HTTP request, sends a clip and a tone, and tells what it receives.

Commands come as JSON lines on standard input, answers go as JSON lines to standard output:
  {"do": "hear", "seconds": 3}  ->  {"rate": 48000, "samples": base64 of 16-bit mono}
  {"do": "see"}                 ->  {"width": …, "height": …, "luma": base64, full range}
  {"do": "streams"}             ->  {"audio": packets received, "video": packets received}
  {"do": "leave"}               ->  {"left": HTTP status}, and the end
"""

import argparse
import asyncio
import base64
import fractions
import json
import sys
import urllib.parse
import urllib.request

import av
import numpy
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer

SAMPLE_RATE = 48_000
FRAME_SAMPLES = 960
TONE_AMPLITUDE = 32_767 * 10 ** (-18 / 20)


class ToneTrack(MediaStreamTrack):
    """A sine at -18 dBFS in frames of 20 ms."""

    kind = "audio"

    def __init__(self, frequency):
        super().__init__()
        self.frequency = frequency
        self.position = 0
        self.started = None

    async def recv(self):
        loop = asyncio.get_running_loop()
        self.started = self.started or loop.time()
        await asyncio.sleep(max(0, self.started + self.position / SAMPLE_RATE - loop.time()))
        time = (self.position + numpy.arange(FRAME_SAMPLES)) / SAMPLE_RATE
        samples = TONE_AMPLITUDE * numpy.sin(2 * numpy.pi * self.frequency * time)
        frame = av.AudioFrame.from_ndarray(samples.astype(numpy.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self.position
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        self.position += FRAME_SAMPLES
        return frame


class Receiver:
    """Takes all frames of one track, so that none pile up, and keeps what is asked for."""

    def __init__(self):
        self.latest = None
        self.recording = None
        self.arrived = asyncio.Event()

    async def run(self, track):
        while True:
            frame = await track.recv()
            self.latest = frame
            if self.recording is not None:
                self.recording.append(frame)
            self.arrived.set()

    async def next(self):
        self.arrived.clear()
        await self.arrived.wait()
        return self.latest

    async def record(self, seconds):
        """Mono samples; counted in frames, not by the clock, so that lost time does not become silence."""
        self.recording = []
        while sum(frame.samples for frame in self.recording) < seconds * SAMPLE_RATE:
            await self.next()
        frames, self.recording = self.recording, None
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        return numpy.concatenate([mono.to_ndarray().reshape(-1) for frame in frames for mono in resampler.resample(frame)])


async def request(url, method, token, body=None):
    """Sends an HTTP request away from the event loop. Returns status, Location and text."""
    headers = {"Content-Type": "application/sdp"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    message = urllib.request.Request(url, data=body and body.encode(), method=method, headers=headers)

    def send():
        with urllib.request.urlopen(message, timeout=10) as response:
            return response.status, response.headers.get("Location"), response.read().decode()

    return await asyncio.to_thread(send)


def luma(frame):
    """The picture's luma at full range."""
    plane = frame.to_ndarray(format="yuv420p")[: frame.height]
    return numpy.clip((plane.astype(numpy.float32) - 16) * (255 / 219) + 0.5, 0, 255).astype(numpy.uint8)


async def perform(command, peer, audio, video):
    if command["do"] == "hear":
        samples = await audio.record(command["seconds"])
        return {"rate": SAMPLE_RATE, "samples": base64.b64encode(samples.tobytes()).decode()}
    if command["do"] == "see":
        frame = await video.next()
        return {"width": frame.width, "height": frame.height, "luma": base64.b64encode(luma(frame).tobytes()).decode()}
    if command["do"] == "streams":
        report = await peer.getStats()
        inbound = [stat for stat in report.values() if stat.type == "inbound-rtp"]
        return {kind: sum(stat.packetsReceived for stat in inbound if stat.kind == kind) for kind in ("audio", "video")}
    raise ValueError(f"unknown command {command}")


def tell(answer):
    print(json.dumps(answer), flush=True)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", help="where to POST the offer")
    parser.add_argument("--clip", required=True)
    parser.add_argument("--tone", type=float, required=True)
    parser.add_argument("--token")
    arguments = parser.parse_args()

    peer = RTCPeerConnection()
    receivers = {"audio": Receiver(), "video": Receiver()}
    tasks = []
    peer.addTrack(ToneTrack(arguments.tone))
    player = MediaPlayer(arguments.clip, loop=True)
    peer.addTrack(player.video)
    peer.on("track", lambda track: tasks.append(asyncio.ensure_future(receivers[track.kind].run(track))))
    connected = asyncio.Event()
    peer.on("connectionstatechange", lambda: peer.connectionState == "connected" and connected.set())

    await peer.setLocalDescription(await peer.createOffer())
    _, location, answer = await request(arguments.url, "POST", arguments.token, peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await asyncio.wait_for(connected.wait(), 15)
    tell({"connected": True})

    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "leave":
            break
        tell(await asyncio.wait_for(perform(command, peer, receivers["audio"], receivers["video"]), 30))

    status, _, _ = await request(urllib.parse.urljoin(arguments.url, location), "DELETE", arguments.token)
    tell({"left": status})
    await peer.close()
    for task in tasks:
        task.cancel()


asyncio.run(main())
