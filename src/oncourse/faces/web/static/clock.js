// Clocks that count while a page is open. Each says the time on the wall without this file; with it, what is left
// goes on, and whatever must be read from an instant on appears at that instant.
//
// meta[name=server-now]  the server's time when the page was made: only that clock counts, not the tablet's
// data-until   an instant; inside: data-left (what is left), data-word (on time, soon, over), progress
// data-up      it counts up to a minimum and is never over
// data-late    from that instant on what goes on ends after this limit
// data-from    shown from that instant on        data-to   shown until then
// #announce    what is said aloud, once, a few times before a limit
// #adrift      the clock of this machine is wrong, which does not matter here
"use strict";

(() => {
  const NOW = "/now";
  const ADRIFT = 60000; // ms by which a machine's clock may be wrong before somebody should know
  const JUMP = 5000; // ms: longer between two looks, or for an answer, and a machine slept, or its clock was set
  const AGAIN = 15000; // ms until a server that was away is asked again
  const said = new Map(); // minutes that were announced, by clock
  const words = document.getElementById("clock-words").dataset;
  const soon = Number(words.soonAfter) * 1000;
  const announced = words.announced.split(" ").map(Number);
  let seen = Date.now(), unanswered = null; // since when nobody has said the time
  let offset = Date.parse(document.querySelector("meta[name=server-now]").content) - Date.now();

  const two = (number) => String(number).padStart(2, "0");
  const fill = (template, parts) => template.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

  const remaining = (seconds) => {
    const size = Math.abs(seconds), h = Math.floor(size / 3600), min = Math.floor((size % 3600) / 60);
    const left = h ? fill(words.hours, { h, min: two(min) }) : fill(words.minutes, { min, s: two(size % 60) });
    return seconds < 0 ? fill(words.ago, { said: left }) : left;
  };

  const show = (clock, now) => {
    const until = Date.parse(clock.dataset.until), left = until - now, up = "up" in clock.dataset;
    const over = left < 0, late = now >= Date.parse(clock.dataset.late ?? "");
    const mark = up ? "runs" : over ? "over" : late || left <= soon ? "soon" : "runs";
    const put = (name, text) => {
      const place = clock.querySelector(`[${name}]`);
      if (place && place.textContent !== text) place.textContent = text;
    };
    put("data-left", remaining(Math.floor((up ? Math.max(left, 0) : left) / 1000)));
    put("data-word", up ? (left <= 0 ? words.reached : words.onTime) : words[{ over: "over", soon: late ? "tooLate" : "soon", runs: "onTime" }[mark]]);
    for (const each of ["runs", "soon", "over"]) clock.classList.toggle(`timer--${each}`, each === mark);
    const bar = clock.querySelector("progress"), begins = Date.parse(clock.dataset.begins);
    if (bar && begins) bar.value = Math.min(100, Math.max(0, ((now - begins) * 100) / (until - begins)));
    announce(clock, Math.ceil(left / 60000));
  };

  const announce = (clock, minutes) => {
    const at = announced.filter((each) => minutes <= each).at(-1), before = said.get(clock);
    said.set(clock, at);
    if (before === undefined && !said.has(`${clock.id} began`)) {
      said.set(`${clock.id} began`, true);
      return; // what stands there when the page opens is read anyway
    }
    if (at === undefined || at === before) return;
    const name = clock.querySelector("h2").textContent, left = clock.querySelector("[data-left]").textContent;
    document.getElementById("announce").textContent = `${name}: ${left}`;
  };

  const look = () => {
    const passed = Date.now() - seen;
    tick();
    if (passed < 0 || passed > JUMP || (unanswered && Date.now() - unanswered > AGAIN)) sync();
  };

  const tick = () => {
    const now = Date.now() + offset;
    seen = Date.now();
    for (const clock of document.querySelectorAll("[data-until]")) show(clock, now);
    for (const one of document.querySelectorAll("[data-from], [data-to]")) {
      const from = Date.parse(one.dataset.from ?? ""), to = Date.parse(one.dataset.to ?? "");
      one.hidden = now < from || now >= to;
    }
  };

  const sync = async () => {
    try {
      const asked = Date.now(), answer = await fetch(NOW, { cache: "no-store", signal: AbortSignal.timeout(JUMP) });
      const server = answer.ok && Date.parse(await answer.text()), took = Date.now() - asked;
      if (took < 0 || took > JUMP) return sync(); // it slept, or was set, between question and answer
      if (!server) throw new Error(answer.status);
      offset = server - (asked + took / 2);
      unanswered = null;
    } catch {
      unanswered = Date.now(); // the server is away: what was known of its time still counts, and it is asked again
    }
    document.getElementById("adrift").hidden = Math.abs(offset) < ADRIFT;
    tick();
  };

  for (const event of ["focus", "pageshow", "online"]) addEventListener(event, sync);
  document.addEventListener("visibilitychange", () => document.hidden || sync());
  tick();
  setInterval(look, 1000);
})();
