// The page's part of the network that writes: fields, buttons, and the text as it comes. char_lstm.js is the network.
(() => {
  "use strict";
  const script = document.currentScript.src;
  const version = new URL(script).search;  // of all three files, so that a browser's old copies never meet new ones
  const box = document.getElementById("live");
  const [form, progress, status, page] = ["form", "progress", ".live-status", ".live-text"]
    .map((part) => box.querySelector(part));
  const { seed, temperature, characters, start, another, pause } = form.elements;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const CHARACTERS_A_FRAME = 3;
  const MILLISECONDS_A_FRAME = 12;  // of computing, so that the page stays quick on a slow machine too
  const MILLISECONDS_A_PIECE = 600;  // between two additions, for readers who asked for less motion

  let network = null;
  let text = null;  // the one on the page: where its characters come from, its settings, its place
  let turn = new AbortController();  // of the loading or writing that goes on; the next one gets its own

  // Begin a text; load the network where it is the first.
  async function begin() {
    const { signal } = takeTurn();
    if (!network) {
      say("Loading the network.");
      try {
        network = await load(signal);
      } catch (error) {
        if (signal.aborted) return;
        showPause("Stop", false);
        const help = location.protocol === "file:"
          ? "A page opened as a file may load nothing. Serve the site: make serve"
          : "Look at your connection, reload the page and try again.";
        say(`The network could not be loaded: ${error.message}. ${help}`);
        return;
      }
      if (signal.aborted) return;
    }
    const { lstm, randomNumbers } = network;
    const unknown = new Set([...seed.value].filter((character) => !lstm.characters.includes(character)));
    text = {
      source: lstm.write(seed.value, temperature.valueAsNumber, randomNumbers(start.valueAsNumber)),
      settings: `temperature ${temperature.value}, random start ${start.value}`,
      leftOut: unknown.size ? ` Left out, because the network has never seen it: ${[...unknown].join(" ")}` : "",
      node: document.createTextNode(""),
    };
    const given = document.createElement("b");
    given.textContent = seed.value;
    page.replaceChildren(given, text.node);
    page.scrollTop = page.scrollHeight;
    await write(signal);
  }

  // Go on with the text on the page.
  async function write(signal) {
    say(`Writing.${text.leftOut}`);
    let left = characters.valueAsNumber;
    let pending = "";
    let shown = performance.now();
    while (left > 0 && !signal.aborted) {
      const began = performance.now();
      for (let i = 0; i < CHARACTERS_A_FRAME && left > 0 && performance.now() - began < MILLISECONDS_A_FRAME; i++) {
        pending += text.source.next().value;
        left -= 1;
      }
      if (!still.matches || performance.now() - shown > MILLISECONDS_A_PIECE) {
        show(pending);
        pending = "";
        shown = performance.now();
      }
      await new Promise(requestAnimationFrame);
      if (signal !== turn.signal) return;  // another text has begun
    }
    show(pending);
    showPause("Go on", true);
    say(`${left ? "Stopped after" : "Done:"} ${text.node.length} characters, ${text.settings}.${text.leftOut}`);
  }

  async function load(signal) {
    progress.hidden = false;
    progress.value = 0;
    try {
      const [{ CharLSTM, randomNumbers }, file] =
        await Promise.all([import(new URL(`char_lstm.js${version}`, script)), download(signal)]);
      return { lstm: new CharLSTM(file), randomNumbers };
    } finally {
      progress.hidden = signal === turn.signal;
    }
  }

  async function download(signal) {
    const answer = await fetch(new URL(`tiny_shakespeare.safetensors${version}`, script), { signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const parts = [];
    let bytes = 0;
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      progress.value = bytes;
    }
    if (bytes !== progress.max) throw new Error(`${bytes} bytes came, ${progress.max} were expected`);
    return new Blob(parts).arrayBuffer();
  }

  function takeTurn() {
    turn.abort();
    turn = new AbortController();
    showPause("Stop", true);
    return turn;
  }

  // Add to the text, and keep its end in sight for a reader who has not scrolled back.
  function show(addition) {
    const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 40;
    text.node.appendData(addition);
    if (atEnd) page.scrollTop = page.scrollHeight;
  }

  function showPause(label, enabled) {
    if (!enabled && document.activeElement === pause) form.querySelector("[type=submit]").focus();
    pause.textContent = label;
    pause.disabled = !enabled;
  }

  function say(message) {
    status.textContent = message;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin();
  });
  another.addEventListener("click", () => {
    start.value = (start.valueAsNumber + 1) % 2 ** 32 || 0;
    form.requestSubmit();
  });
  pause.addEventListener("click", () => {
    if (pause.textContent === "Go on") {
      if (characters.reportValidity()) write(takeTurn().signal);
      return;
    }
    turn.abort();
    if (!network) {
      showPause("Stop", false);
      say("Loading was stopped. Press Write to begin again.");
    }
  });
  temperature.addEventListener("input", () => {
    form.querySelector("label span").textContent = temperature.value;
  });
  form.hidden = false;
})();
