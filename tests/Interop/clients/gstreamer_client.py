"""A WebRTC client made of GStreamer's webrtcbin: joins a room with one HTTP request, sends a clip and a tone, and tells what it receives.

Commands and answers are those of aiortc_client.py.
"""

import argparse
import base64
import json
import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

SAMPLE_RATE = 48_000
TONE_VOLUME = 10 ** (-18 / 20)
PATIENCE_SECONDS = 15

SENDING = """
webrtcbin name=peer bundle-policy=max-bundle
audiotestsrc is-live=true wave=sine freq={tone} volume={volume} samplesperbuffer=960
  ! audio/x-raw,rate=48000,channels=1 ! opusenc bitrate=48000 ! rtpopuspay pt=96 ! queue
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=96 ! peer.
appsrc name=film is-live=true do-timestamp=false format=time caps={caps} ! videoconvert ! queue
  ! vp8enc deadline=1 cpu-used=8 target-bitrate=800000 keyframe-max-dist=3000 error-resilient=default
  ! rtpvp8pay pt=97 picture-id-mode=15-bit ! queue
  ! application/x-rtp,media=video,encoding-name=VP8,payload=97 ! peer.
"""

# Full range from 16..235, as a table for bytes.translate.
FULL_RANGE = bytes(min(255, max(0, int((value - 16) * 255 / 219 + 0.5))) for value in range(256))


class Film:
    """A YUV4MPEG2 clip, from the beginning again when it is over."""

    def __init__(self, path):
        with open(path, "rb") as file:
            header = file.readline().decode().split()
            body = file.read()
        fields = {field[0]: field[1:] for field in header[1:]}
        self.width, self.height = int(fields["W"]), int(fields["H"])
        self.rate = fields.get("F", "30:1").replace(":", "/")
        size = self.width * self.height * 3 // 2
        self.frames = []
        at = 0
        while at < len(body):
            at = body.index(b"\n", at) + 1
            self.frames.append(body[at : at + size])
            at += size

    @property
    def caps(self):
        return f"video/x-raw,format=I420,width={self.width},height={self.height},framerate={self.rate}"

    def send(self, source, pipeline):
        """Gives the frame of the moment, at each moment of the clip's rate."""
        numerator, denominator = map(int, self.rate.split("/"))
        number = 0
        while True:
            due = number * Gst.SECOND * denominator // numerator
            clock = pipeline.get_clock()
            if clock and clock.get_time() - pipeline.get_base_time() < due:
                threading.Event().wait(0.002)
                continue
            buffer = Gst.Buffer.new_wrapped(self.frames[number % len(self.frames)])
            buffer.pts = due
            if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            number += 1


class Receiver:
    """Keeps the last thing that came, and while asked for all of them."""

    def __init__(self):
        self.changed = threading.Condition()
        self.latest = None
        self.recording = None

    def take(self, sink):
        sample = sink.emit("pull-sample")
        with self.changed:
            self.latest = sample
            if self.recording is not None:
                self.recording.append(sample)
            self.changed.notify_all()
        return Gst.FlowReturn.OK

    def next(self):
        with self.changed:
            self.changed.wait()
            return self.latest

    def record(self, byte_count):
        """Counted in samples, not by the clock, so that lost time does not become silence."""
        with self.changed:
            self.recording = []
            while sum(sample.get_buffer().get_size() for sample in self.recording) < byte_count:
                self.changed.wait()
            samples, self.recording = self.recording, None
        return b"".join(bytes_of(sample.get_buffer()) for sample in samples)


def bytes_of(buffer):
    return buffer.extract_dup(0, buffer.get_size())


def request(url, method, token, body=None):
    headers = {"Content-Type": "application/sdp"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    message = urllib.request.Request(url, data=body and body.encode(), method=method, headers=headers)
    with urllib.request.urlopen(message, timeout=10) as response:
        return response.status, response.headers.get("Location"), response.read().decode()


class Client:
    def __init__(self, clip, tone):
        film = Film(clip)
        self.pipeline = Gst.parse_launch(SENDING.format(tone=tone, volume=TONE_VOLUME, caps=film.caps))
        self.peer = self.pipeline.get_by_name("peer")
        self.receivers = {"audio": Receiver(), "video": Receiver()}
        self.gathered = threading.Event()
        self.connected = threading.Event()
        self.peer.connect("pad-added", self.on_pad)
        self.peer.connect("notify::ice-gathering-state", self.on_state)
        self.peer.connect("notify::connection-state", self.on_state)
        self.pipeline.set_state(Gst.State.PLAYING)
        source = self.pipeline.get_by_name("film")
        threading.Thread(target=film.send, args=(source, self.pipeline), daemon=True).start()

    def on_state(self, peer, _):
        if peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            self.gathered.set()
        if peer.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
            self.connected.set()

    def on_pad(self, _, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        chain = {
            "audio": "rtpopusdepay ! opusdec ! audioconvert ! audioresample ! appsink name=sink caps=audio/x-raw,format=S16LE,rate=48000,channels=1",
            "video": "rtpvp8depay ! vp8dec ! videoconvert ! appsink name=sink caps=video/x-raw,format=I420",
        }[kind]
        part = Gst.parse_bin_from_description(f"queue ! {chain} emit-signals=true sync=false max-buffers=100", True)
        part.get_by_name("sink").connect("new-sample", self.receivers[kind].take)
        self.pipeline.add(part)
        part.sync_state_with_parent()
        pad.link(part.get_static_pad("sink"))

    def ask(self, action, argument):
        """Waits until an action is done, and gives what it answered."""
        promise = Gst.Promise.new()
        self.peer.emit(action, argument, promise)
        if promise.wait() != Gst.PromiseResult.REPLIED:
            raise RuntimeError(f"{action} was not done")
        reply = promise.get_reply()
        if reply and reply.has_field("error"):
            raise RuntimeError(f"{action}: {reply.get_value('error')}")
        return reply

    def offer(self):
        """The offer with all candidates in it."""
        reply = self.ask("create-offer", None)  # owns the offer
        self.ask("set-local-description", reply.get_value("offer"))
        if not self.gathered.wait(PATIENCE_SECONDS):
            raise TimeoutError("no candidates were gathered")
        return self.peer.get_property("local-description").sdp.as_text()

    def accept(self, text):
        _, message = GstSdp.SDPMessage.new_from_text(text)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.ask("set-remote-description", answer)
        if not self.connected.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"not connected: {self.peer.get_property('connection-state').value_nick}")

    def streams(self):
        counts = {"audio": 0, "video": 0}
        reply = self.ask("get-stats", None)
        for index in range(reply.n_fields()):
            stat = reply.get_value(reply.nth_field_name(index))
            if isinstance(stat, Gst.Structure) and stat.get_name() == "inbound-rtp":
                _, received = stat.get_uint64("packets-received")
                kind = "audio" if stat.get_value("clock-rate") == SAMPLE_RATE else "video"
                counts[kind] += received
        return counts

    def perform(self, command):
        if command["do"] == "hear":
            samples = self.receivers["audio"].record(2 * SAMPLE_RATE * command["seconds"])
            return {"rate": SAMPLE_RATE, "samples": base64.b64encode(samples).decode()}
        if command["do"] == "see":
            sample = self.receivers["video"].next()
            picture = sample.get_caps().get_structure(0)
            width, height = picture.get_value("width"), picture.get_value("height")
            stride = (width + 3) // 4 * 4
            plane = bytes_of(sample.get_buffer())[: stride * height].translate(FULL_RANGE)
            luma = b"".join(plane[row * stride : row * stride + width] for row in range(height))
            return {"width": width, "height": height, "luma": base64.b64encode(luma).decode()}
        if command["do"] == "streams":
            return self.streams()
        raise ValueError(f"unknown command {command}")


def tell(answer):
    print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url", help="where to POST the offer")
    parser.add_argument("--clip", required=True)
    parser.add_argument("--tone", type=float, required=True)
    parser.add_argument("--token")
    arguments = parser.parse_args()

    Gst.init(None)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    client = Client(arguments.clip, arguments.tone)
    _, location, answer = request(arguments.url, "POST", arguments.token, client.offer())
    client.accept(answer)
    tell({"connected": True})
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "leave":
            status, _, _ = request(urllib.parse.urljoin(arguments.url, location), "DELETE", arguments.token)
            tell({"left": status})
            break
        tell(client.perform(command))
    client.pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    main()
