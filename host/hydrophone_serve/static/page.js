// The live page: snapshots by asking twice a second, alerts by a WebSocket.

const ROWS = 200;
const PAUSE = 500;
const at = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const plain = new Intl.NumberFormat("en", { maximumSignificantDigits: 10 });
let token = null;
let next = null;
let missed = 0;

// Texts go in as texts: a symbol may have any name.
function cell(text, kind = "") {
  const made = document.createElement("td");
  made.textContent = text;
  made.className = kind;
  return made;
}

function row(cells, kind = "") {
  const made = document.createElement("tr");
  made.className = kind;
  made.append(...cells);
  return made;
}

function body(id) {
  return at(id).tBodies[0];
}

function duration(nanoseconds) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["\u00b5s", 1e3]]) {
    if (nanoseconds >= size) {
      return `${(nanoseconds / size).toPrecision(3)} ${unit}`;
    }
  }
  return `${Math.round(nanoseconds)} ns`;
}

function time(nanoseconds) {
  const date = new Date(nanoseconds / 1e6);
  return date.toISOString().slice(0, 23).replace("T", " ");
}

function say(text, kind) {
  at("state").textContent = text;
  at("state").className = kind;
}

function showCounters(told) {
  const counters = told.counters;
  const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);
  const shown = {
    Events: counters.events,
    Alerts: counters.alerts,
    Late: counters.late,
    Skipped: sum(counters.skipped),
    Dropped: sum(counters.dropped),
    Subscribers: told.subscribers,
  };
  at("counters").replaceChildren(
    ...Object.entries(shown).map(([name, value]) => {
      const [group, term, given] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term.textContent = name;
      given.textContent = whole.format(value);
      group.append(term, given);
      return group;
    }),
  );
}

function showSymbols(told) {
  body("symbols").replaceChildren(
    ...told.symbols.map((one) =>
      row(
        [
          cell(one.symbol),
          cell(one.side === "buy" ? "buying" : "selling", one.side),
          cell(plain.format(one.parent_size), "number"),
          cell(one.kind),
          cell(one.score.toFixed(2), "number"),
          cell(whole.format(one.alerts), "number"),
          cell(whole.format(one.events), "number"),
        ],
        one.episode ? "episode" : "",
      ),
    ),
  );
}

// Pairs of nanoseconds and events as bars over a logarithmic axis.
function bars(buckets) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 96 10");
  picture.setAttribute("preserveAspectRatio", "none");
  const columns = new Array(48).fill(0);
  for (const [low, count] of buckets) {
    const place = Math.floor((Math.log10(Math.max(low, 1)) / 9) * columns.length);
    columns[Math.min(Math.max(place, 0), columns.length - 1)] += count;
  }
  const most = Math.max(...columns);
  columns.forEach((count, place) => {
    if (count > 0) {
      const height = Math.max(10 * (Math.log1p(count) / Math.log1p(most)), 0.5);
      const bar = document.createElementNS(space, "rect");
      for (const [key, value] of [["x", 2 * place], ["y", 10 - height], ["width", 1.6], ["height", height]]) {
        bar.setAttribute(key, value);
      }
      picture.append(bar);
    }
  });
  return picture;
}

function showStages(told) {
  body("stages").replaceChildren(
    ...Object.entries(told.stages).map(([name, stage]) => {
      const picture = document.createElement("td");
      picture.append(bars(stage.distribution));
      const figures = ["p50", "p99", "p99.99"].map((key) =>
        cell(stage[key] === undefined ? "" : duration(stage[key]), "number"),
      );
      return row([cell(name), ...figures, picture]);
    }),
  );
}

function addAlerts(message) {
  next = message.next;
  missed += message.missed;
  if (missed > 0) {
    at("missed").hidden = false;
    at("missed").textContent = `${whole.format(missed)} alerts came faster than this page takes them`;
  }
  const table = body("alerts");
  for (const one of message.alerts.slice(-ROWS)) {
    table.prepend(
      row(
        [
          cell(time(one.time_ns)),
          cell(one.symbol),
          cell(one.side, one.side),
          cell(one.kind),
          cell(one.score.toFixed(2), "number"),
          cell(plain.format(one.parent_size), "number"),
          cell(plain.format(one.price), "number"),
        ],
        "fresh",
      ),
    );
  }
  [...table.rows].slice(message.alerts.length).forEach((old) => old.classList.remove("fresh"));
  [...table.rows].slice(ROWS).forEach((old) => old.remove());
  at("none").hidden = table.rows.length > 0;
}

function subscribe() {
  const from = next === null ? "" : `?from=${next}`;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const protocols = token === null ? ["hydrophone"] : ["hydrophone", `token.${token}`];
  const socket = new WebSocket(`${scheme}://${location.host}/alerts${from}`, protocols);
  let ended = false;
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    ended = message.ended;
    addAlerts(message);
  };
  socket.onclose = () => {
    if (!ended) {
      setTimeout(subscribe, 1000);
    }
  };
}

async function get(path) {
  return fetch(path, token === null ? {} : { headers: { Authorization: `Bearer ${token}` } });
}

async function look() {
  try {
    const answer = await get("/snapshots");
    if (answer.status === 401) {
      say("a token is needed", "lost");
      at("ask").hidden = false;
      token = null;
      return;
    }
    const told = await answer.json();
    say({ running: "listening", ended: "the sources have ended", failed: "the run has failed" }[told.state],
      told.state === "running" ? "live" : told.state === "failed" ? "lost" : "");
    at("what").textContent = `${told.sources.join(", ")} on ${told.device_detail}`;
    showCounters(told);
    showSymbols(told);
    showStages(told);
  } catch {
    say("the server has gone", "lost");
  }
  setTimeout(look, PAUSE);
}

async function begin() {
  const answer = await get("/alerts?most=100").catch(() => null);
  if (answer !== null && answer.ok) {
    addAlerts(await answer.json());
    subscribe();
  }
  look();
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value;
  at("ask").hidden = true;
  begin();
});
begin();
