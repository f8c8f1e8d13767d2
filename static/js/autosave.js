/* Portal KLA: a form that saves itself, <form data-autosave>. The mark in it, [data-saved], says where it stands.
   It saves after a rest in typing, when a field is left, before the page is left, and when asked. On a bad line it tries
   again by itself, after pauses that grow. Needs kla.js. */
"use strict";
(() => {
  const { all, make, parse, renew, focusErrors, SENTENCES, BROKEN } = window.kla;
  const PAUSES = [5, 10, 20, 40, 60]; // seconds before it tries again; the last one stays
  const PRESENT = 30000; // how long after the last keystroke others are told that somebody types
  const REST = 2000; // after the last keystroke
  const APART = 5000; // between two saves that nobody asked for
  const PATIENCE = 20000;
  const SIGN_IN_FIRST = "Belum tersimpan: selesaikan dahulu masuk di tab lain, lalu coba lagi.";
  const desk = document.querySelector("form[data-autosave]");
  if (!desk) return;
  const mark = () => desk.querySelector("[data-saved]"); // every save brings a new one
  let typed = 0; // counts what is typed, so that an answer knows whether it is about all of it
  let sentAt = -APART;
  let busy = 0;
  let queue = Promise.resolve();
  let fails = 0; // saves in a row that never arrived
  let waiting, passing, resting;
  const unsaved = () => desk.isConnected && desk.dataset.dirty;
  const say = (state, ...words) => {
    const place = mark();
    const focused = place.contains(document.activeElement);
    place.dataset.state = state;
    place.setAttribute("aria-live", state === "failed" ? "polite" : "off");
    place.replaceChildren(...words);
    if (focused) Object.assign(place, { tabIndex: -1 }).focus();
  };
  const failed = (...words) => {
    const again = make("button", "btn btn-outline-primary btn-sm", "Coba lagi");
    again.type = "button";
    again.addEventListener("click", () => save("asked"));
    const line = make("span");
    line.append(...words.flatMap((word) => [word, " "]), again);
    if (mark().dataset.state !== "failed" || mark().textContent !== line.textContent) say("failed", ...line.childNodes);
    return "failed";
  };
  /* It never arrived, for a reason that may pass: try again, and say when. */
  const later = (reason) => {
    const pause = PAUSES[Math.min(fails, PAUSES.length - 1)];
    fails += 1;
    plan(pause * 1000);
    return failed(`Belum tersimpan: ${reason}. Dicoba lagi dalam ${pause} detik.`);
  };
  const put = (element) => {
    const place = document.getElementById(element.id);
    place?.replaceWith(element);
    const field = place && desk.querySelector(`[aria-describedby~="${element.id}"]`);
    if (element.firstChild) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  };
  /* Resolves to "stored", "more" (stored, but typing went on), "conflict" or "failed". */
  const send = async (why, renewed = false) => {
    const now = typed;
    const body = new URLSearchParams(new FormData(desk)).toString();
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true" };
    if (why !== "submit") headers["HX-Trigger-Name"] = "autosave";
    const keepalive = body.length < 60000; // outlives the page; browsers allow 64 KiB
    // A failure stays to be read, and its link to be followed, while the form tries again by itself.
    const slow = setTimeout(() => (why || mark().dataset.state !== "failed") && say("saving", "Menyimpan…"), 300);
    let reply, text;
    sentAt = Date.now();
    try {
      reply = await fetch(desk.action, { method: "POST", body, headers, keepalive, signal: AbortSignal.timeout(PATIENCE) });
      text = await reply.text();
    } catch {
      return later("sambungan terputus");
    } finally {
      clearTimeout(slow);
    }
    if (reply.status === 403 && !renewed) return (await renew()) ? send(why, true) : failed(SIGN_IN_FIRST);
    if (reply.headers.has("HX-Redirect")) return failed(SIGN_IN_FIRST);
    if (reply.status >= 500) return later("server sedang terganggu");
    fails = 0;
    const page = parse(text);
    const status = reply.ok && page.getElementById("answer-status");
    if (status) {
      put(status);
      all("[data-slot]", desk).forEach((slot) => put(Object.assign(slot.cloneNode(), { textContent: "" })));
      if (typed === now) {
        delete desk.dataset.dirty;
        return "stored";
      }
      say("typed", "Belum tersimpan");
      plan(REST);
      return "more";
    }
    if (reply.status === 409 && typed !== now) {
      plan(REST); // the comparison replaces the fields: not under the hands of somebody who types
      return failed("Belum tersimpan: jawaban ini baru saja diubah orang lain.");
    }
    if (reply.status === 409) {
      const place = desk.parentElement;
      place.replaceChildren(...page.body.childNodes);
      focusErrors(place);
      return "conflict";
    }
    if (reply.status === 422) {
      all("[data-slot]", page).forEach(put);
      if (why === "submit") focusErrors(desk);
      return failed("Belum tersimpan.", page.querySelector("[data-why]")?.textContent.trim() || "");
    }
    const reason = page.querySelector("[data-reason]")?.textContent.trim();
    return failed(reason || SENTENCES[reply.status] || BROKEN, ...all("[data-sign-in]", page));
  };
  const save = (why = "") => {
    clearTimeout(waiting);
    const turn = () => (unsaved() || (why === "submit" && desk.isConnected) ? send(why) : "stored");
    busy += 1;
    queue = queue.then(turn, turn).finally(() => (busy -= 1));
    return queue;
  };
  const plan = (rest) => {
    clearTimeout(waiting);
    const start = () => (busy ? plan(REST) : unsaved() && save());
    waiting = setTimeout(start, Math.max(rest, sentAt + APART - Date.now()));
  };
  /* Save what is typed, then go on. Of two goals the last is taken; with a failure the browser asks before it leaves. */
  const first = async (event, go) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    passing = go;
    let end = await save("asked");
    while (end === "more") end = await save("asked");
    if (end === "conflict" || passing !== go) return;
    passing = true;
    go();
    passing = null;
  };
  /* For the page's own question who else is here: somebody types. */
  const tell = () => {
    const flag = document.getElementById("typing");
    if (!flag) return;
    flag.value = "ya";
    clearTimeout(resting);
    resting = setTimeout(() => (flag.value = ""), PRESENT);
  };
  const flushes = () => unsaved() && passing !== true;
  desk.addEventListener("input", () => {
    typed += 1;
    desk.dataset.dirty = "yes";
    if (mark().dataset.state !== "failed") say("typed", "Belum tersimpan");
    if (!fails) plan(REST);
    tell();
  });
  desk.addEventListener("change", () => fails || plan(0));
  addEventListener("online", () => plan(0));
  document.addEventListener("visibilitychange", () => document.hidden && unsaved() && !busy && save());
  addEventListener("beforeunload", () => unsaved() && !busy && save());
  // On the window and before all others: the question that a step asks comes after the text is safe.
  addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      if (!link || !plain || !flushes() || link.download || (link.target || "_self") !== "_self") return;
      const here = link.hash && link.href.split("#")[0] === location.href.split("#")[0];
      if (!here) first(event, () => link.click());
    },
    true,
  );
  addEventListener(
    "submit",
    (event) => {
      const { target, submitter } = event;
      if (target === desk) {
        event.preventDefault();
        event.stopImmediatePropagation();
        save("submit");
      } else if (flushes()) first(event, () => target.requestSubmit(submitter));
    },
    true,
  );
})();
