"""The sound of a call over coturn, with the credentials that Parley makes for it."""

import contextlib
import shutil
import signal
import socket
from datetime import UTC, datetime, timedelta

import pytest

from app.calls.ice import ice_servers
from app.settings import Settings
from e2e.conftest import ARGUMENTS
from tests.services import free_port, running

SECRET = "the-secret-of-both"
# Two connections that may use nothing but the relay, and a tone in the place of a microphone.
HEARD = """async (ice) => {
  const made = () => new RTCPeerConnection({ iceServers: ice, iceTransportPolicy: "relay" });
  const [here, there] = [made(), made()];
  for (const [one, other] of [[here, there], [there, here]]) {
    one.onicecandidate = async ({ candidate }) => {
      while (!other.remoteDescription) await new Promise((done) => setTimeout(done, 20));
      if (candidate) await other.addIceCandidate(candidate);
    };
  }
  const audio = new AudioContext();
  const [tone, line] = [audio.createOscillator(), audio.createMediaStreamDestination()];
  tone.connect(line);
  tone.start();
  there.ontrack = ({ streams: [stream] }) => {
    window.player = new Audio(); // what nothing plays is not decoded, and so has no loudness
    window.player.srcObject = stream;
    window.player.play();
  };
  here.addTrack(line.stream.getAudioTracks()[0], line.stream);
  await here.setLocalDescription(await here.createOffer());
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription(await there.createAnswer());
  await here.setRemoteDescription(there.localDescription);
  const all = async () => [...(await there.getStats()).values()];
  for (const deadline = Date.now() + 8000; Date.now() < deadline; ) {
    const stats = await all();
    const sound = stats.find((one) => one.type === "inbound-rtp");
    if (sound?.totalAudioEnergy > 0.01) {
      const used = stats.find((one) => one.type === "candidate-pair" && one.nominated);
      const [mine, theirs] = [used.localCandidateId, used.remoteCandidateId];
      return stats.filter(({ id }) => [mine, theirs].includes(id)).map((one) => one.candidateType);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return "nothing";
}"""
# What the relay says to who asks it for a place: 200, or the code of its refusal.
ASKED = """async (ice) => {
  const connection = new RTCPeerConnection({ iceServers: ice, iceTransportPolicy: "relay" });
  connection.createDataChannel("x");
  const said = new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) => candidate?.candidate && resolve(200);
    connection.onicecandidateerror = ({ errorCode }) => errorCode !== 701 && resolve(errorCode);
  });
  await connection.setLocalDescription();
  return said;
}"""


@pytest.fixture
def relay(tmp_path):
    """A coturn of the story's own; gives its address."""
    program = shutil.which("turnserver")
    assert program, "coturn is missing; tools/install_test_services installs it"
    port = free_port()
    options = ["-n", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=parley.test"]
    options += ["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"]
    options += ["--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers", "--log-file=stdout"]
    options += [f"--pidfile={tmp_path}/pid", f"--userdb={tmp_path}/users"]
    # It keeps nothing, and SIGINT while it is busy may leave it waiting for itself.
    ends = {"ends_on": signal.SIGKILL}
    with running([program, *options], answers=lambda: answers(port), cwd=tmp_path, **ends):
        yield f"turn:127.0.0.1:{port}"


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def credentials(relay, secret=SECRET):
    return ice_servers(Settings(turn_urls=relay, turn_secret=secret), "call-1")


def test_sound_flows_over_the_relay_alone_and_only_with_right_credentials(
    playwright, chromium, relay, monkeypatch
):
    # The relay is on this machine, which browsers leave out otherwise.
    arguments = [*ARGUMENTS, "--allow-loopback-in-peer-connection"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    page = browser.new_page()

    assert page.evaluate(HEARD, credentials(relay)) == ["relay", "relay"]
    assert page.evaluate(ASKED, credentials(relay)) == 200
    assert page.evaluate(ASKED, credentials(relay, "another")) == 401
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    monkeypatch.setattr("app.calls.ice.now", lambda: two_hours_ago)
    assert page.evaluate(ASKED, credentials(relay)) == 401
    browser.close()
