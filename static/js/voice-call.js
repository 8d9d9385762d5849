// parley.voice: the voice call in which this page takes part, if it does: microphone, connection, presence.
//
// How an element uses it. The server's partial (#agent_call or #widget_call) tells how the call stands; this
// object follows it by itself and tells the document `parley:voice` after each change. The element then draws:
//   state      "" | "asking" (for the microphone) | "calls" | "connecting" | "talks" | "reconnecting";
//              "elsewhere": it rings, or another tab has it
//   isHere     whether this page takes part     trouble   a sentence about what went wrong here, or ""
//   muted, held, heldByOther, isSilent          quality   {word: "good"|"fair"|"poor"|"", milliseconds, lost (%)}
//   level()    how loud the microphone is, 0 to 1, for a meter that asks in each frame
//   volume     0 to 1, may be set               devices() → {microphones, speakers}: lists of {id, name, chosen}
// and in answer to a press calls:
//   begin(url)          POST …/calls: asks for the microphone, then rings at the other side
//   answer(base)        takes the call whose address is in data-base;  decline(base) does not
//   mute(on), hold(on), hangUp(), useMicrophone(id), useSpeaker(id)
// Nothing throws: what fails stands in `trouble`. After a reload it takes part again without being asked.
{
  const BEAT = 3000; // the server ends a call after seven seconds without
  const ALONE = 8000; // without an answer from the server, or without the other browser
  const NEVER = 20000; // until a first connection
  const KEPT = "parley-call";
  const MICROPHONE = "parley-microphone";
  const SPEAKER = "parley-speaker";
  const VOLUME = "parley-call-volume";
  const GONE = [401, 404, 409];
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const tell = () => document.dispatchEvent(new CustomEvent("parley:voice"));

  // What the two browsers leave for each other in one round, each in its order and once: it is sent one by
  // one and numbered, as a request that got no answer may have arrived. Candidates that come up meanwhile
  // travel together.
  class Signals {
    #base;
    #page;
    #round;
    #hear;
    #lost;
    #waiting = [];
    #sending = false;
    #sent = 0;
    #after = 0;
    #heard = 0;
    #reading = false;
    #again = false;
    #closed = false;

    constructor(base, page, round, hear, lost) {
      [this.#base, this.#page, this.#round, this.#hear, this.#lost] = [base, page, round, hear, lost];
    }

    close() {
      this.#closed = true;
    }

    send(kind, body) {
      this.#waiting.push({ kind, body });
      if (!this.#sending) this.#sendAll();
    }

    sendCandidate(candidate) {
      const last = this.#waiting.at(-1);
      if (last?.kind === "candidate") last.body.candidates.push(candidate);
      else this.send("candidate", { candidates: [candidate] });
    }

    async #sendAll() {
      this.#sending = true;
      while (this.#waiting.length && !this.#closed) {
        const { kind, body } = this.#waiting.shift();
        this.#sent += 1;
        await this.#deliver({ page: this.#page, round: this.#round, kind, body: JSON.stringify({ ...body, n: this.#sent }) });
      }
      this.#sending = false;
    }

    async #deliver(fields) {
      while (!this.#closed) {
        try {
          const { status } = await parley.request("POST", `${this.#base}/signals`, fields);
          if (status < 300) return;
          if (GONE.includes(status)) return this.#lost();
        } catch (error) {
          console.info("Parley: a signal of the call waits", error.name);
        }
        await wait(500);
      }
    }

    /** Read what is new; while it is read, another call only says to look again. */
    async read() {
      this.#again = true;
      if (this.#reading) return;
      this.#reading = true;
      while (this.#again && !this.#closed) {
        this.#again = false;
        try {
          const answer = await parley.request("GET", `${this.#base}/signals?after=${this.#after}`);
          if (answer.ok) await this.#take(await answer.json());
          else if (GONE.includes(answer.status)) this.#lost();
        } catch (error) {
          console.info("Parley: signals of the call are read later", error.name); // with the next beat
        }
      }
      this.#reading = false;
    }

    async #take({ round, page, ended, signals }) {
      if (ended || page !== this.#page) return this.#lost();
      if (round !== this.#round) return;
      for (const { id, kind, body: text } of signals) {
        if (this.#closed) return;
        this.#after = id;
        const body = JSON.parse(text);
        if (body.n <= this.#heard) continue;
        this.#heard = body.n;
        await this.#hear(kind, body);
      }
    }
  }

  // The microphone, as it is sent and shown: its stream, and how loud it is.
  class Microphone {
    #stream = null;
    #context = null;
    #analyser = null;
    #samples = new Float32Array(1024);

    get track() {
      return this.#stream?.getAudioTracks()[0] ?? null;
    }

    get stream() {
      return this.#stream;
    }

    async open(onEnd) {
      const id = parley.sound.kept(MICROPHONE, "");
      const stream = await this.#ask(id);
      this.close();
      this.#stream = stream;
      this.track.addEventListener("ended", onEnd);
      this.#context = new AudioContext();
      this.#analyser = this.#context.createAnalyser();
      this.#analyser.fftSize = this.#samples.length;
      this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    }

    async #ask(id) {
      if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
      if (!id) return navigator.mediaDevices.getUserMedia({ audio: true });
      // The one chosen once may be at home today.
      return navigator.mediaDevices.getUserMedia({ audio: { deviceId: { ideal: id } } });
    }

    close() {
      this.#stream?.getTracks().forEach((track) => track.stop());
      this.#context?.close();
      this.#stream = this.#context = this.#analyser = null;
    }

    /** From 60 dB below the loudest, which is silence, to the loudest. */
    level() {
      if (!this.#analyser) return 0;
      this.#analyser.getFloatTimeDomainData(this.#samples);
      const power = this.#samples.reduce((sum, one) => sum + one * one, 0) / this.#samples.length;
      return power ? Math.min(1, Math.max(0, 1 + Math.log10(power) / 6)) : 0;
    }
  }

  const refusal = (error) =>
    ({
      NotAllowedError: parley.word("The browser keeps the microphone from this page. Allow it beside the address, then try again."),
      NotFoundError: parley.word("There is no microphone. Connect one, then try again."),
      SecurityError: parley.word("Browsers give a microphone only to pages with https."),
    })[error.name] ?? parley.word("The microphone does not answer. Close what else uses it, then try again.");

  class Voice {
    trouble = "";
    muted = false;
    heldByOther = false;
    quality = { word: "", milliseconds: 0, lost: 0 };

    #page = parley.nonce();
    #asking = false;
    #returning = false; // after a reload
    #call = 0; // in which this page takes part
    #base = "";
    #round = 0;
    #ice = [];
    #offers = false;
    #seen = false; // the partial has shown it as ours
    #answered = false;
    #held = false;
    #wished = null; // to hold or to go on, until the partial says the same
    #microphone = new Microphone();
    #audio = null;
    #connection = null;
    #signals = null;
    #offered = 0;
    #timer = 0;
    #acknowledged = 0;
    #brokenSince = 0;
    #everConnected = false;
    #counted = null;
    #release = null;

    get isHere() {
      return this.#call > 0;
    }

    get state() {
      if (this.#asking) return "asking";
      if (this.#returning) return "connecting";
      if (!this.#call) return (this.#shown()?.page ?? this.#page) === this.#page ? "" : "elsewhere";
      if (!this.#answered) return "calls";
      if (this.#connection?.connectionState === "connected") return "talks";
      return this.#everConnected ? "reconnecting" : "connecting";
    }

    get held() {
      return this.#wished ?? this.#held;
    }

    get isSilent() {
      return this.held || this.heldByOther;
    }

    get volume() {
      return Number(parley.sound.kept(VOLUME, "70")) / 100;
    }

    set volume(loudness) {
      parley.sound.keep(VOLUME, String(Math.round(loudness * 100)));
      if (this.#audio) this.#audio.volume = this.volume;
      tell();
    }

    level() {
      return this.#microphone.level();
    }

    begin(url) {
      return this.#join(async () => {
        const begun = await this.#post(url, { page: this.#page });
        return begun && { ...begun, offers: true, answered: false };
      });
    }

    answer(base) {
      return this.#join(async () => {
        const begun = await this.#post(`${base}/answer`, { page: this.#page });
        return begun && { ...begun, base, offers: false, answered: true };
      });
    }

    async decline(base) {
      await this.#post(`${base}/ending`);
    }

    hangUp() {
      const base = this.#base;
      this.#leave();
      // Should it not arrive: the server ends a call from whose page it hears nothing.
      if (base) this.#post(`${base}/ending`);
    }

    mute(on) {
      this.muted = on;
      this.#mix();
    }

    async hold(on) {
      this.#wished = on;
      this.#mix();
      if (await this.#post(`${this.#base}/hold`, { held: on }, "PUT")) return;
      this.#wished = null;
      this.#mix();
    }

    async devices() {
      const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
      const of = (kind, chosen) =>
        all
          .filter((one) => one.kind === kind && one.deviceId && one.label)
          .map((one) => ({ id: one.deviceId, name: one.label, chosen: one.deviceId === chosen }));
      const speakers = "setSinkId" in HTMLMediaElement.prototype ? of("audiooutput", parley.sound.kept(SPEAKER, "")) : [];
      const used = this.#microphone.track?.getSettings().deviceId ?? parley.sound.kept(MICROPHONE, "");
      return { microphones: of("audioinput", used), speakers };
    }

    async useMicrophone(id) {
      parley.sound.keep(MICROPHONE, id);
      if (this.#call) await this.#changeMicrophone();
      tell();
    }

    async useSpeaker(id) {
      parley.sound.keep(SPEAKER, id);
      await this.#setSpeaker();
      tell();
    }

    /** Do as the partial of the page says. */
    follow() {
      const shown = this.#shown();
      if (!this.#call) {
        if (shown) this.#takePartAgain(shown);
      } else if (Number(shown?.call) === this.#call && shown.page === this.#page) {
        this.#seen = true;
        this.#held = "held" in shown;
        if (this.#wished === this.#held) this.#wished = null;
        this.heldByOther = "heldByOther" in shown;
        this.#answered ||= shown.state === "talks";
        if (Number(shown.round) > this.#round) this.#connect(Number(shown.round));
        else if (this.#answered && !this.#connection) this.#connect(this.#round);
        this.#mix();
      } else if (this.#seen) {
        this.#ask(); // what is swapped may be older than the call: the server says whether it is over
      }
      tell();
    }

    /** There may be something to read. */
    read() {
      this.#signals?.read();
    }

    /** The network is another one: find the way anew. */
    restart() {
      if (!this.#connection) return;
      if (this.#offers) this.#connection.restartIce();
      else this.#signals.send("restart", {});
    }

    #shown() {
      return document.querySelector("#agent_call[data-call], #widget_call[data-call]")?.dataset ?? null;
    }

    /** The microphone first: nobody is rung by, or waits for, one who cannot speak. */
    async #join(ask) {
      if (this.#asking || this.#call) return;
      this.#asking = true;
      this.trouble = "";
      tell();
      try {
        await this.#microphone.open(() => this.#changeMicrophone());
      } catch (error) {
        this.trouble = refusal(error);
      }
      const begun = this.trouble ? null : await ask();
      this.#asking = false;
      if (begun) this.#begin(begun);
      else this.#microphone.close();
      tell();
    }

    #begin({ call, base, round, ice, offers, answered }) {
      this.#call = call;
      this.#base = base;
      this.#round = round;
      this.#ice = ice;
      this.#offers = offers;
      this.#answered = answered;
      this.#seen = false;
      this.muted = false;
      this.#acknowledged = Date.now();
      this.#timer = setInterval(() => this.#watch(), BEAT / 2);
      this.#remember({ call, page: this.#page });
      parley.alone(`parley-call-${this.#page}`, () => new Promise((done) => (this.#release = done)));
      if (answered) this.#connect(round);
      this.follow();
    }

    /** After a reload, or after the way to a settings page and back. A copied tab remembers too, but
        the one it was copied from still holds the lock. */
    async #takePartAgain(shown) {
      const kept = this.#remembered();
      if (this.#asking || shown.state === "rings" || Number(shown.call) !== kept?.call || shown.page !== kept.page) return;
      const { base, state } = shown;
      const offers = "offers" in shown;
      this.#remember(null);
      this.#returning = true;
      const again = async () => {
        // Still there, as the page it was: the microphone may have to be asked for.
        await this.#post(`${base}/presence`, { page: kept.page }, "PUT", { quietly: true });
        await this.#join(async () => {
          const begun = await this.#post(`${base}/page`, { page: this.#page });
          return begun && { ...begun, base, offers, answered: state === "talks" };
        });
      };
      try {
        await parley.alone(`parley-call-${kept.page}`, again, { signal: AbortSignal.timeout(ALONE / 2) });
      } catch (error) {
        console.info("Parley: the call is in another tab", error.name);
        return;
      } finally {
        this.#returning = false;
        tell();
      }
      if (!this.#call) this.#post(`${base}/ending`, {}, "POST", { quietly: true });
    }

    #leave() {
      if (!this.#call) return;
      this.#call = 0;
      this.#base = "";
      clearInterval(this.#timer);
      this.#disconnect();
      this.#microphone.close();
      this.#audio?.remove();
      this.#audio = null;
      this.#wished = null;
      this.#held = this.heldByOther = this.muted = this.#answered = false;
      this.#everConnected = false;
      this.#release?.();
      this.#remember(null);
      tell();
    }

    // The connection.

    #connect(round) {
      this.#disconnect();
      this.#round = round;
      const connection = new RTCPeerConnection({ iceServers: this.#ice });
      const signals = new Signals(this.#base, this.#page, round, (kind, body) => this.#heard(connection, kind, body), () => this.#leave());
      this.#connection = connection;
      this.#signals = signals;
      this.#brokenSince = Date.now();
      this.#offered = 0;
      connection.addEventListener("icecandidate", ({ candidate }) => candidate && signals.sendCandidate(candidate.toJSON()));
      connection.addEventListener("track", ({ track }) => this.#play(track));
      connection.addEventListener("connectionstatechange", () => this.#changed(connection));
      // Only who began the call offers, so that two offers never cross.
      if (this.#offers) connection.addEventListener("negotiationneeded", () => this.#offer(connection, signals));
      connection.addTrack(this.#microphone.track, this.#microphone.stream);
      signals.read();
      tell();
    }

    #disconnect() {
      this.#signals?.close();
      this.#connection?.close();
      this.#signals = this.#connection = this.#counted = null;
      this.quality = { word: "", milliseconds: 0, lost: 0 };
    }

    async #offer(connection, signals) {
      await connection.setLocalDescription();
      this.#offered += 1;
      signals.send("offer", { sdp: connection.localDescription.sdp, number: this.#offered });
    }

    async #heard(connection, kind, body) {
      if (connection !== this.#connection) return;
      if (kind === "offer") {
        await connection.setRemoteDescription({ type: "offer", sdp: body.sdp });
        await connection.setLocalDescription();
        this.#signals.send("answer", { sdp: connection.localDescription.sdp, to: body.number });
      } else if (kind === "answer") {
        const awaited = body.to === this.#offered && connection.signalingState === "have-local-offer";
        if (awaited) await connection.setRemoteDescription({ type: "answer", sdp: body.sdp });
      } else if (kind === "candidate") {
        await Promise.all(body.candidates.map((one) => this.#addCandidate(connection, one)));
      } else if (kind === "restart") {
        this.restart();
      }
    }

    async #addCandidate(connection, candidate) {
      try {
        await connection.addIceCandidate(candidate);
      } catch (error) {
        console.info("Parley: a way that belongs to an earlier offer", error.name);
      }
    }

    #changed(connection) {
      if (connection !== this.#connection) return;
      const now = connection.connectionState;
      if (now === "connected") {
        this.#everConnected = true;
        this.#brokenSince = 0;
        this.trouble = "";
      } else if (now === "disconnected" || now === "failed") {
        this.#brokenSince ||= Date.now();
        this.restart();
      }
      tell();
    }

    // What keeps it alive, and ends it.

    #watch() {
      const now = Date.now();
      this.#ticks = (this.#ticks + 1) % 2;
      if (this.#ticks) {
        this.#beat();
        if (this.#brokenSince) this.read(); // an event may have been missed
        else this.#measure();
      }
      const patience = this.#everConnected ? ALONE : NEVER;
      if (now - this.#acknowledged > ALONE) {
        this.#leave();
        this.#say(parley.word("The call ended, as this page lost its connection."));
      } else if (this.#answered && this.#brokenSince && now - this.#brokenSince > patience) {
        const base = this.#base;
        this.#leave();
        this.#post(`${base}/ending`, { how: "no_route" }, "POST", { quietly: true });
        this.#say(parley.word("The two browsers find no way to each other, so the call ended. Another network may help."));
      }
    }

    #ticks = 0;

    async #beat() {
      const call = this.#call;
      if (!call) return;
      try {
        const { ok, status } = await parley.request("PUT", `${this.#base}/presence`, { page: this.#page });
        if (ok) this.#acknowledged = Date.now();
        else if (GONE.includes(status) && call === this.#call) this.#leave();
      } catch (error) {
        console.info("Parley: no answer about the call", error.name); // #watch() knows how long for
      }
    }

    /** Whether it is over, or goes on in another page. */
    async #ask() {
      const call = this.#call;
      const asked = new Signals(this.#base, this.#page, 0, () => {}, () => call === this.#call && this.#leave());
      await asked.read();
    }

    #say(sentence) {
      this.trouble = sentence;
      tell();
    }

    /** What the server answers, true for nothing; null, with its sentence as the trouble, where it refuses. */
    async #post(url, fields = {}, method = "POST", { quietly = false } = {}) {
      try {
        const answer = await parley.request(method, url, fields);
        if (answer.ok) return answer.status === 204 || (await answer.json());
        if (!quietly) this.#say(parley.words(await answer.text()));
      } catch (error) {
        console.info("Parley: the call could not be told", error.name);
        if (!quietly) this.#say(parley.word("The server does not answer. Try again in a moment."));
      }
      return null;
    }

    #remember(kept) {
      try {
        if (kept) sessionStorage.setItem(KEPT, JSON.stringify(kept));
        else sessionStorage.removeItem(KEPT);
      } catch (error) {
        console.info("Parley: a reload will end the call", error.name);
      }
    }

    #remembered() {
      try {
        return JSON.parse(sessionStorage.getItem(KEPT));
      } catch {
        return null;
      }
    }

    // What is heard.

    #play(track) {
      this.#audio?.remove();
      this.#audio = document.createElement("audio");
      this.#audio.autoplay = true;
      this.#audio.srcObject = new MediaStream([track]);
      this.#audio.volume = this.volume;
      document.body.append(this.#audio);
      this.#setSpeaker();
      this.#mix();
      this.#sound();
    }

    async #sound() {
      try {
        await this.#audio?.play();
      } catch (error) {
        if (error.name !== "NotAllowedError") return; // it was taken away meanwhile
        this.#say(parley.word("Press anywhere to hear the call."));
        const press = () => {
          this.#say("");
          this.#sound();
        };
        document.addEventListener("pointerdown", press, { once: true });
      }
    }

    /** Held, neither side hears anything, whoever holds. */
    #mix() {
      const { track } = this.#microphone;
      if (track) track.enabled = !this.muted && !this.isSilent;
      if (this.#audio) this.#audio.muted = this.isSilent;
      tell();
    }

    async #changeMicrophone() {
      if (!this.#call) return;
      try {
        await this.#microphone.open(() => this.#changeMicrophone());
        const [sender] = this.#connection?.getSenders() ?? [];
        await sender?.replaceTrack(this.#microphone.track);
        this.#mix();
      } catch (error) {
        this.#say(refusal(error));
      }
    }

    async #setSpeaker() {
      const id = parley.sound.kept(SPEAKER, "");
      if (!id || !this.#audio?.setSinkId) return;
      try {
        await this.#audio.setSinkId(id);
      } catch (error) {
        console.info("Parley: the chosen speaker is not there", error.name); // the usual one sounds
      }
    }

    async #measure() {
      const connection = this.#connection;
      if (!connection) return;
      let [milliseconds, outward, received, lost] = [0, 0, 0, 0];
      for (const one of (await connection.getStats()).values()) {
        if (one.type === "candidate-pair" && one.nominated) milliseconds = Math.max(milliseconds, (one.currentRoundTripTime ?? 0) * 1000);
        if (one.type === "remote-inbound-rtp") outward = (one.fractionLost ?? 0) * 100;
        if (one.type === "inbound-rtp") [received, lost] = [one.packetsReceived ?? 0, one.packetsLost ?? 0];
      }
      if (connection !== this.#connection) return;
      const before = this.#counted ?? { received: 0, lost: 0 };
      const [came, missed] = [received - before.received, Math.max(0, lost - before.lost)];
      this.#counted = { received, lost };
      const share = Math.max(outward, came + missed ? (100 * missed) / (came + missed) : 0);
      // As people hear it: half a second to and fro makes them talk into each other, every tenth gap is noticed.
      const word = milliseconds > 500 || share > 8 ? "poor" : milliseconds > 250 || share > 2 ? "fair" : "good";
      this.quality = { word, milliseconds: Math.round(milliseconds), lost: Math.round(share * 10) / 10 };
      tell();
    }
  }

  const voice = (parley.voice = new Voice());
  const follow = () => voice.follow();
  document.addEventListener("DOMContentLoaded", follow);
  document.addEventListener("htmx:after:swap", follow);
  document.addEventListener("parley:catch-up", () => voice.read());
  document.addEventListener("call", () => voice.read());
  window.addEventListener("online", () => voice.restart());
  navigator.connection?.addEventListener?.("change", () => voice.restart());
  navigator.mediaDevices?.addEventListener?.("devicechange", tell);
}
