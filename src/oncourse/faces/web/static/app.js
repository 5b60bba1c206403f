// What pages do beyond sending forms and following links. Without it everything works; with it nothing is sent
// twice, and nothing typed is lost while the server is away.
//
// A page has in its head, before htmx and this file, how htmx is to behave:
//   <meta name="htmx-config" content='{"allowEval": false, "allowScriptTags": false, "attributesToSettle": [],
//     "historyEnabled": false, "includeIndicatorStyles": false, "selfRequestsOnly": true, "timeout": 5000}'>
// No text of a page runs as a program; no style comes from anywhere but the sheet; no page about a patient, nor its
// address, stays in the browser's storage.
//
// #unsaved   a hidden bar: the form was not sent, and what was typed is still there
// #stale     a hidden bar: what htmx replaces was not replaced; it goes when the next answer comes
// #faults    the summary of what is wrong with a form, with tabindex="-1"
// data-print a hidden button: what it is for needs this file
// data-escape where the Escape key leads: the safe way out
// data-locked a hidden part: what a page shows, with its title, once its session has ended, instead of whatever is not a clock
// data-leave where a page leads that asks by itself, once its session has ended
// data-busy  what a button says while its form is on its way
"use strict";

(() => {
  const ALIVE = "/healthz";
  const BUSY = 1000; // ms until a button says that it is busy
  const AWAY = 5000; // ms of silence after which the server is away
  const ENOUGH = 30000; // ms after which a page that is still here can be used again

  const ITSELF = "By-Itself"; // the header of what an open page asks: whether nobody is in front of it

  let there = false; // whether somebody touched or typed anything since the page asked last
  let typed = null; // the form into which somebody typed
  let release = null; // ends what is under way
  let passing = false; // while the form goes out for which the server was found

  const show = (id, shown) => {
    const bar = document.getElementById(id);
    if (bar) bar.hidden = !shown;
  };

  const reached = async () => {
    try {
      return (await fetch(ALIVE, { cache: "no-store", signal: AbortSignal.timeout(AWAY) })).ok;
    } catch {
      return false;
    }
  };

  const begin = (form, button) => {
    const place = document.activeElement;
    form.setAttribute("aria-busy", "true");
    form.inert = true; // else a scanner's second code is added to the first
    const words = button?.dataset.busy;
    const said = [...(button?.childNodes ?? [])];
    const timers = [setTimeout(() => release(), ENOUGH)];
    if (words) timers.push(setTimeout(() => button.replaceChildren(words), BUSY));
    release = () => {
      timers.forEach(clearTimeout);
      form.removeAttribute("aria-busy");
      form.inert = false;
      place.focus();
      if (words) button.replaceChildren(...said);
      release = null;
    };
  };

  const send = async (form, button) => {
    begin(form, button);
    const there = await reached();
    show("unsaved", !there);
    passing = there;
    if (there) form.requestSubmit(button); // comes back to the listener below before it returns
    else release?.();
  };

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // htmx sends it
    if (passing) {
      passing = false;
      return;
    }
    event.preventDefault();
    if (!release) send(event.target, event.submitter);
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) release?.(); // somebody came back to it
  });

  for (const act of ["input", "pointerdown", "keydown"]) {
    addEventListener(act, ({ type, target }) => {
      there = true;
      if (type === "input" && target.form) typed = target.form;
    });
  }
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!(ITSELF in detail.headers)) return;
    if (there) detail.headers[ITSELF] = "no";
    there = false;
  });
  document.addEventListener("signed-out", ({ target }) => {
    const lock = document.querySelector("[data-locked]");
    if (lock?.hidden) {
      document.documentElement.classList.add("locks");
      document.title = lock.dataset.locked;
      lock.hidden = false;
      lock.querySelector("h1").focus();
    }
    if (target.dataset.leave) location.assign(target.dataset.leave);
  });
  document.querySelector("[data-locked] a")?.addEventListener("click", (event) => {
    if (!typed?.isConnected) return;
    event.preventDefault();
    typed.requestSubmit(); // whoever signs in finds it filled in
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && show("stale", false));
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, () => show("stale", true));
  }

  try {
    sessionStorage.removeItem("htmx-current-path-for-history"); // an address may name a patient
  } catch {
    // This browser keeps nothing.
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("[data-escape]")?.click();
  });

  document.getElementById("faults")?.focus();
})();
